import Game
import Testing

struct SeatTests {
    @Test func seatsAreOrderedByWhoCameFirst() {
        #expect(Seat(rawValue: 0) < Seat(rawValue: 1))
        #expect(Seat(rawValue: 254) < Seat.server)
    }
}
