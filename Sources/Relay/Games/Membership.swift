import Game
import NIOCore
import SocketIO

/// One client in one room, on the client's loop: what the room calls itself there, and whether the client keeps up.
///
/// A log cannot leave anything out. So a member that reads too slowly is not sent frames for a while, and then all there is to know
/// at once (`room:resync`); one that needs that again and again is put out of the room.
final class Membership {
    let member: MemberID
    /// Kept: a room may tell of a member a moment after its client has gone. The client lets go of its memberships then.
    let client: GameClient
    /// Answers `room:join` and the like, once.
    private var joining: GameEvent?
    private(set) var admission: Admission?
    private var isLagging = false
    private var recentLags: [NIODeadline] = []

    /// How long a member's connection may take nothing of what waits for it.
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
        for frame in admission.replay ?? [] { self.receive(frame) }
    }

    func refused(_ refusal: Refusal) {
        self.joining?.reply(refusal.json)
        self.joining = nil
    }

    // MARK: Frames

    func receive(_ frame: EncodedFrame) {
        guard !self.isLagging else { return }
        if self.isTooMuch(frame) { return self.lag(at: .now()) }
        self.client.connection.send(frame, from: self.admission)
    }

    private func isTooMuch(_ frame: EncodedFrame) -> Bool {
        let connection = self.client.connection
        if connection.isWritable || connection.queuedBytes == 0 { return false }
        if connection.queuedBytes + frame.byteCount > self.client.table.maximumQueue { return true }
        return connection.stalledSince.map { .now() - $0 > Self.maximumStall } ?? false
    }

    private func lag(at now: NIODeadline) {
        self.isLagging = true
        self.recentLags = self.recentLags.filter { now - $0 < .seconds(60) } + [now]
        if self.recentLags.count >= Self.maximumLags { return self.client.expel(self, .error) }
        self.client.connection.notifyWhenWritable()
    }

    /// The connection takes bytes again: what waited has gone.
    func writable() {
        guard self.isLagging, let room = self.admission?.room else { return }
        let member = self.member
        self.client.table.network.onHost(of: room) { $0.resynchronise(member, in: room) }
    }

    func resynchronised(_ payload: JSON) {
        self.isLagging = false
        self.client.connection.send(.event(Arguments(["room:resync", payload])), from: self.admission)
    }
}
