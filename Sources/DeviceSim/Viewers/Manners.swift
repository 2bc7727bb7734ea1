import NIOCore
import SocketIOClient

/// How a viewer reads.
enum Manners: Equatable, Sendable {
    /// As fast as it comes.
    case eager
    /// At most so many bytes per second.
    case slow(bytes: Int)
    /// Not at all for `pause`, once in `every`, for the first time after `first`.
    case stalling(pause: TimeAmount, every: TimeAmount, first: TimeAmount)

    /// What the kernel may keep of what a slow viewer has not read: a second's worth, as a slow network has under way.
    /// Left to itself it would keep half a minute's, and a pong would come as late. Nil: as much as it sees fit.
    var receiveBufferBytes: Int? {
        guard case .slow(let bytes) = self else { return nil }
        return max(4_096, bytes)
    }
}

/// Makes a connection be read as the manners are, by pausing it: what is not read waits in the network, then at the
/// relay. On the connection's loop only.
final class ReadingPace {
    private let manners: Manners
    /// When all that was read would have been read at the rate allowed.
    private var readUntil = NIODeadline.uptimeNanoseconds(0)
    private var isEnding = false

    init(_ manners: Manners) {
        self.manners = manners
    }

    /// The connection is open; begins the first pause in its time.
    func begin(_ connection: ClientConnection) {
        guard case .stalling(_, _, let first) = self.manners else { return }
        connection.eventLoop.assumeIsolated().scheduleTask(in: first) { self.stall(connection) }
    }

    /// From now on everything is read at once.
    func end(_ connection: ClientConnection) {
        self.isEnding = true
        connection.isReading = true
    }

    /// So many bytes came.
    func read(_ bytes: Int, _ connection: ClientConnection) {
        guard case .slow(let allowed) = self.manners, !self.isEnding else { return }
        let now = NIODeadline.now()
        self.readUntil = max(self.readUntil, now) + .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(allowed))
        guard connection.isReading, self.readUntil - now > Self.shortest else { return }
        connection.isReading = false
        self.resume(connection)
    }

    private func resume(_ connection: ClientConnection) {
        connection.eventLoop.assumeIsolated().scheduleTask(deadline: self.readUntil) {
            let isDone = NIODeadline.now() >= self.readUntil
            if self.isEnding || isDone { connection.isReading = true } else { self.resume(connection) }
        }
    }

    private func stall(_ connection: ClientConnection) {
        guard case .stalling(let pause, let every, _) = self.manners, !self.isEnding, !connection.isEnded else {
            return
        }
        connection.isReading = false
        connection.eventLoop.assumeIsolated().scheduleTask(in: pause) { connection.isReading = true }
        connection.eventLoop.assumeIsolated().scheduleTask(in: every) { self.stall(connection) }
    }

    /// A pause that is not worth its timer.
    private static let shortest = TimeAmount.milliseconds(20)
}
