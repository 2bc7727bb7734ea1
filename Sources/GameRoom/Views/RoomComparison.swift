import Game
import NIOCore

/// What the members of one room have been told, held against each other (I2): whoever sees an event first says what it is,
/// and everybody after must have been told the same. Holes agree with everything but another seat or number.
struct RoomComparison: Sendable {
    /// What is remembered of an event.
    fileprivate struct Sighting: Equatable {
        let number: UInt32
        let kind: EventKind
        let seat: Seat
        /// Its low 16 bits, which are all that some members are told.
        let moveNumber: UInt16
        /// Of the data; 0 for a hole.
        let fingerprint: UInt64
        /// Who saw it first.
        let member: Int
    }

    /// Events that are remembered, the latest. Whoever is further behind is not compared.
    static let capacity = 4_096

    private var sightings: [Sighting?] = []
    /// The last event that anybody has seen.
    private(set) var lastNumber: UInt32 = 0
    /// A hash over the log in its order, and up to which event it goes.
    private(set) var chain = FNV1a()
    private(set) var chained: UInt32 = 0

    /// A member sees an event.
    mutating func observe(_ event: LogEvent, by member: Int) -> Violation? {
        let sighting = Sighting(event, by: member)
        self.lastNumber = max(self.lastNumber, event.number)
        self.chain(sighting)
        let place = Int(event.number) % Self.capacity
        while self.sightings.count <= place { self.sightings.append(nil) }
        guard let known = self.sightings[place], known.number >= event.number else {
            self.sightings[place] = sighting
            return nil
        }
        guard known.number == event.number else { return nil }
        if known.kind == .hole { self.sightings[place] = sighting }
        return known.agrees(with: sighting) ? nil : Self.difference(known, sighting)
    }

    /// Whether a member has been acknowledged a move that the log has at this number (I4).
    /// - Returns: nil also where nobody has seen the event yet, or all have forgotten it.
    func contradiction(to acknowledged: Acknowledged) -> Violation? {
        let place = Int(acknowledged.event) % Self.capacity
        guard self.sightings.indices.contains(place), let known = self.sightings[place],
            known.number == acknowledged.event, known.kind != .hole
        else { return nil }
        let isSame =
            known.kind == acknowledged.kind && known.seat == acknowledged.seat
            && known.moveNumber == UInt16(truncatingIfNeeded: acknowledged.number)
        guard !isSame else { return nil }
        return Violation(
            .acknowledgedIsLogged, event: acknowledged.event,
            "move \(acknowledged.number) of seat \(acknowledged.seat) was acknowledged as event \(acknowledged.event), "
                + "which is \(known.words)")
    }

    /// A move that the server says is in the log.
    struct Acknowledged: Equatable, Sendable {
        let event: UInt32
        let kind: EventKind
        let seat: Seat
        let number: UInt32
    }

    /// Goes on with the hash while events come in their order.
    private mutating func chain(_ sighting: Sighting) {
        guard sighting.number == self.chained &+ 1 else { return }
        self.chained = sighting.number
        self.chain.combine(sighting.kind.rawValue)
        self.chain.combine(sighting.seat.rawValue)
        self.chain.combine(sighting.moveNumber)
    }

    private static func difference(_ first: Sighting, _ second: Sighting) -> Violation {
        Violation(
            .oneLog, event: second.number,
            "member \(first.member) was told \(first.words), member \(second.member) \(second.words)")
    }
}

extension RoomComparison.Sighting {
    fileprivate init(_ event: LogEvent, by member: Int) {
        self.init(
            number: event.number, kind: event.kind, seat: event.seat,
            moveNumber: UInt16(truncatingIfNeeded: event.moveNumber),
            fingerprint: event.kind == .hole ? 0 : event.data.fingerprint, member: member)
    }

    fileprivate func agrees(with other: Self) -> Bool {
        guard self.seat == other.seat, self.moveNumber == other.moveNumber else { return false }
        if self.kind == .hole || other.kind == .hole { return true }
        return self.kind == other.kind && self.fingerprint == other.fingerprint
    }

    fileprivate var words: String {
        let data = self.kind == .hole ? "" : ", data \(self.fingerprint.hexDigits)"
        return "kind \(self.kind.rawValue) of seat \(self.seat), n \(self.moveNumber)\(data)"
    }
}

extension Payload {
    /// A hash of its bytes: the same in whichever form it arrived.
    var fingerprint: UInt64 {
        var hash = FNV1a()
        hash.combine(self.bytes)
        return hash.value
    }
}
