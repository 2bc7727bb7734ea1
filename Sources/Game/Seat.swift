/// A player's place in a room: 0…254, given in the order of joining and never given again in the room's life.
package struct Seat: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8

    /// Stands for the server itself, as the one behind an event.
    package static let server = Seat(rawValue: 255)

    /// How many players a room can see in its life.
    package static let limit = 255

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static func < (left: Seat, right: Seat) -> Bool { left.rawValue < right.rawValue }

    package var description: String { self == .server ? "server" : String(self.rawValue) }
}
