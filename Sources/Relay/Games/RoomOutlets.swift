import Game
import NIOCore

/// Where a room's output goes besides its members: to everybody at the broker, to devices, into a file. On the room's loop.
struct RoomOutlets {
    private var feed: RoomFeed?
    private let signals: DeviceSignals?
    private var recorder: RoomRecorder?

    init(of room: Room, in surroundings: GameSurroundings) {
        self.recorder = RoomRecorder(of: room, in: surroundings)
        self.feed = RoomFeed(of: room, in: surroundings, recording: self.recorder?.name, at: room.createdAt)
        self.signals = DeviceSignals(of: room, in: surroundings)
    }

    /// When ``tell(_:of:at:)`` wants to be called, be there something new or not; nil: never.
    var nextDeadline: NIODeadline? { self.feed?.nextDeadline }

    mutating func tell(_ output: RoomOutput, of room: Room, at now: NIODeadline) {
        self.recorder?.record(output, of: room)
        self.feed?.publish(output, of: room, at: now)
        self.signals?.tell(output, of: room)
    }
}
