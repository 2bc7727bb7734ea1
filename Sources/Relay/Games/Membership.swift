import Game
import NIOCore
import SocketIO
import SocketIOServer

/// One client in one room, on the client's loop: what the room calls itself there, and whether the client keeps up.
///
/// A log cannot leave anything out. So a member that reads too slowly is not sent frames for a while, and then all there is to know
/// at once (`room:resync`); one that needs that again and again is put out of the room.
final class Membership {
    let member: MemberID
    unowned let client: GameClient
    /// Answers `room:join` and the like, once.
    private var joining: Event?
    private(set) var admission: Admission?
    private var isLagging = false
    private var recentLags: [NIODeadline] = []

    /// How long a member's connection may take nothing of what waits for it.
    private static let maximumStall = TimeAmount.seconds(2)
    /// So often within a minute, and it is out.
    private static let maximumLags = 3

    init(_ member: MemberID, of client: GameClient, joining event: Event) {
        self.member = member
        self.client = client
        self.joining = event
    }

    func admitted(_ admission: Admission) {
        self.admission = admission
        self.joining?.reply(admission.answer)
        self.joining = nil
        for message in admission.replay ?? [] { self.receive(message) }
    }

    func refused(_ refusal: Refusal) {
        self.joining?.reply(refusal.json)
        self.joining = nil
    }

    // MARK: Frames

    func receive(_ message: OutboundMessage) {
        guard !self.isLagging else { return }
        if self.isTooMuch(message) { return self.lag(at: .now()) }
        self.client.socket.send(message)
    }

    private func isTooMuch(_ message: OutboundMessage) -> Bool {
        let socket = self.client.socket
        if socket.isWritable || socket.queuedBytes == 0 { return false }
        if socket.queuedBytes + message.byteCount > self.client.table.maximumQueue { return true }
        return socket.stalledSince.map { .now() - $0 > Self.maximumStall } ?? false
    }

    private func lag(at now: NIODeadline) {
        self.isLagging = true
        self.recentLags = self.recentLags.filter { now - $0 < .seconds(60) } + [now]
        if self.recentLags.count >= Self.maximumLags { return self.client.expel(self, .error) }
        self.client.socket.notifyWhenWritable()
    }

    /// The connection takes bytes again: what waited has gone.
    func writable() {
        guard self.isLagging, let room = self.admission?.room else { return }
        let member = self.member
        self.client.table.network.onHost(of: room) { $0.resynchronise(member, in: room) }
    }

    func resynchronised(_ payload: JSON) {
        self.isLagging = false
        self.client.socket.emit(Arguments(["room:resync", payload]))
    }
}
