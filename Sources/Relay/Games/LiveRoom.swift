import Game
import NIOCore
import SocketIO
import SocketIOServer

/// A room on its event loop, and which form each of its members reads.
final class LiveRoom {
    var room: Room
    let encoder: FrameEncoder
    private(set) var encodings: [MemberID: FrameEncoding] = [:]
    /// Where else than to its members the room's output goes.
    var outlets: RoomOutlets
    /// The deadline that the host's timer will call for; nil: none.
    var armedFor: NIODeadline?

    init(_ room: Room, encoder: FrameEncoder, outlets: RoomOutlets) {
        self.room = room
        self.encoder = encoder
        self.outlets = outlets
    }

    var id: String { self.room.settings.id }
    var kinds: [GameDescription.NamedKind] { self.room.settings.game.description.kinds }

    /// When something is to be done that no command brings about; nil: never.
    var nextDeadline: NIODeadline? {
        guard !self.room.isClosed else { return nil }
        return [self.room.nextDeadline, self.outlets.nextDeadline].compactMap(\.self).min()
    }

    func entered(_ member: MemberID, reading encoding: FrameEncoding) {
        self.encodings[member] = encoding
    }

    /// What the room has to tell since the last time, by the loops of whom it is for.
    func takeDeliveries(of output: RoomOutput) -> [Int: [Delivery]] {
        var deliveries: [Int: [Delivery]] = [:]
        for frame in output.frames {
            for copy in frame.copies {
                self.add(to: &deliveries, copy.members) { self.encoder.live(copy.frame, as: $0) }
            }
        }
        for state in output.states {
            self.add(to: &deliveries, state.members) { self.encoder.state(state, as: $0) }
        }
        for departure in output.departures {
            self.encodings[departure.member] = nil
            deliveries[departure.member.loop, default: []].append(.departure(departure.member, departure.reason))
        }
        return deliveries
    }

    /// Encodes for each form that somebody reads, once.
    private func add(
        to deliveries: inout [Int: [Delivery]], _ members: [MemberID], encode: (FrameEncoding) -> [EncodedFrame]
    ) {
        for encoding in FrameEncoding.allCases {
            let readers = members.filter { self.encodings[$0] == encoding }
            guard !readers.isEmpty else { continue }
            let frames = encode(encoding)
            for (loop, readers) in Dictionary(grouping: readers, by: \.loop) {
                deliveries[loop, default: []] += frames.map { .frame($0, to: readers) }
            }
        }
    }
}
