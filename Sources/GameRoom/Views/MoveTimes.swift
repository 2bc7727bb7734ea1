import Game
import NIOCore

/// When the last moves of each seat were meant to be sent, so that whoever sees one knows how long it took.
struct MoveTimes: Sendable {
    private struct Entry {
        let number: UInt32
        let intended: NIODeadline
    }

    /// Moves that are remembered per seat: two seconds and more at any rate that a room takes.
    private static let capacity = 128

    private var entries: [UInt8: [Entry?]] = [:]

    mutating func note(_ number: UInt32, of seat: Seat, intended: NIODeadline) {
        let place = Int(number) % Self.capacity
        self.entries[seat.rawValue, default: Array(repeating: nil, count: Self.capacity)][place] = Entry(
            number: number, intended: intended)
    }

    /// Nil: the move was sent long ago, or by somebody else.
    func intended(_ number: UInt32, of seat: Seat) -> NIODeadline? {
        guard let entry = self.entries[seat.rawValue]?[Int(number) % Self.capacity], entry.number == number else {
            return nil
        }
        return entry.intended
    }
}
