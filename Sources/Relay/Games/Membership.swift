import Game
import NIOCore
import SocketIO

/// One client in one room, on the client's loop: what the room calls itself there, and whether the client keeps up.
///
/// A log cannot leave anything out. So a member that reads too slowly is not sent frames for a while, and then all there is to know
/// at once (`room:resync`); one that needs that again and again is put out of the room.
final class Membership {
    let member: MemberID
    unowned let client: GameClient
    /// Answers `room:join` and the like, once.
    private var joining: GameEvent?
    private(set) var admission: Admission?
    private var isLagging = false
    private var stalledSince: NIODeadline?
    private var recentLags: [NIODeadline] = []

    /// Bytes that may wait for a member before it counts as lagging, and how long its connection may take none.
    private static let maximumQueue = 256 * 1_024
    private static let maximumStall = TimeAmount.seconds(2)
    /// So often within a minute, and it is out.
    private static let maximumLags = 3

    init(_ member: MemberID, of client: GameClient, joining event: GameEvent) {
        self.member = member
        self.client = client
        self.joining = event
    }

    func admitted(_ admission: Admission) {
        self.admission = admission
        self.joining?.reply(admission.answer)
        self.joining = nil
        for frame in admission.replay { self.client.connection.send(frame, from: admission) }
    }

    func refused(_ refusal: Refusal) {
        self.joining?.reply(refusal.json)
        self.joining = nil
    }

    // MARK: Frames

    func receive(_ frame: EncodedFrame) {
        guard !self.isLagging else { return }
        let connection = self.client.connection
        if connection.isWritable {
            self.stalledSince = nil
        } else {
            let now = NIODeadline.now()
            let since = self.stalledSince ?? now
            // `writable` ends the stall: a client between two polls is not a slow one.
            if self.stalledSince == nil { socket.notifyWhenWritable() }
            self.stalledSince = since
            if connection.queuedBytes > Self.maximumQueue || now - since > Self.maximumStall {
                return self.lag(at: now)
            }
        }
        connection.send(frame, from: self.admission)
    }

    private func lag(at now: NIODeadline) {
        self.isLagging = true
        self.recentLags = self.recentLags.filter { now - $0 < .seconds(60) } + [now]
        if self.recentLags.count >= Self.maximumLags { return self.client.expel(self, .error) }
        self.client.connection.notifyWhenWritable()
    }

    /// The connection takes bytes again: what waited has gone.
    func writable() {
        self.stalledSince = nil
        guard self.isLagging, let room = self.admission?.room else { return }
        let member = self.member
        self.client.table.network.onHost(of: room) { $0.resynchronise(member, in: room) }
    }

    func resynchronised(_ payload: JSON) {
        self.isLagging = false
        self.client.connection.send(.event(Arguments(["room:resync", payload])), from: self.admission)
    }
}
