import NIOCore
import SocketIO

/// The members of a payload that a client sent, read strictly: what is there has the type and the bounds that it should
/// have, or a refusal names it. What is `null` counts as left out; members that nobody asks for are passed over.
struct Fields {
    private let json: JSON
    /// What the payload is called in front of its members: `options.`.
    private let prefix: String

    init(_ json: JSON?, prefix: String = "") throws(Refusal) {
        guard let json, json.isObject else {
            throw Refusal(
                .badInput, prefix.isEmpty ? "the payload must be an object" : "\(prefix.dropLast()): an object")
        }
        self.json = json
        self.prefix = prefix
    }

    subscript(name: String) -> JSON? {
        self.json[name].flatMap { $0.isNull ? nil : $0 }
    }

    func refusal(_ name: String, _ expected: String) -> Refusal {
        Refusal(.badInput, "\(self.prefix)\(name): \(expected)")
    }

    func required<Value>(_ name: String, _ value: Value?) throws(Refusal) -> Value {
        guard let value else { throw self.refusal(name, "is missing") }
        return value
    }

    func bool(_ name: String) throws(Refusal) -> Bool? {
        guard let json = self[name] else { return nil }
        guard let bool = json.bool else { throw self.refusal(name, "true or false") }
        return bool
    }

    func int(_ name: String, _ range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let json = self[name] else { return nil }
        guard let int = json.int, range.contains(int) else {
            throw self.refusal(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return int
    }

    func positive(_ name: String) throws(Refusal) -> Double? {
        guard let json = self[name] else { return nil }
        guard let double = json.double, double > 0 else { throw self.refusal(name, "a number above 0") }
        return double
    }

    /// - Parameter bytes: how long it may be in UTF-8.
    func string(_ name: String, bytes: ClosedRange<Int>) throws(Refusal) -> String? {
        guard let json = self[name] else { return nil }
        guard let string = json.string, bytes.contains(string.utf8.count) else {
            throw self.refusal(name, "a string of \(bytes.lowerBound) to \(bytes.upperBound) bytes")
        }
        return string
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(Refusal) -> Choice? where Choice.RawValue == String {
        guard let json = self[name] else { return nil }
        guard let choice = json.string.flatMap(Choice.init) else {
            throw self.refusal(name, Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
        }
        return choice
    }

    func milliseconds(_ name: String, _ range: ClosedRange<Int>) throws(Refusal) -> TimeAmount? {
        try self.int(name, range).map { .milliseconds(Int64($0)) }
    }

    /// A JSON value without bytes in it: the room passes it on among other things that may have some of their own.
    func plain(_ name: String) throws(Refusal) -> JSON? {
        guard let json = self[name] else { return nil }
        guard !json.hasPlaceholder else { throw self.refusal(name, "JSON without bytes") }
        return json
    }

    func object(_ name: String) throws(Refusal) -> Fields? {
        guard let json = self[name] else { return nil }
        return try Fields(json, prefix: "\(self.prefix)\(name).")
    }

    /// The members of a member.
    func members(_ name: String, count: Int) throws(Refusal) -> [(key: String, value: JSON)]? {
        guard let json = self[name] else { return nil }
        guard let members = json.members, members.count <= count else {
            throw self.refusal(name, "an object with at most \(count) members")
        }
        return members
    }

    func seat(_ name: String) throws(Refusal) -> Seat? {
        try self.int(name, 0...(Seat.limit - 1)).map { Seat(rawValue: UInt8(clamping: $0)) }
    }

    func seats(_ name: String) throws(Refusal) -> [Seat]? {
        guard let json = self[name] else { return nil }
        guard let seats = [Seat](json) else {
            throw self.refusal(name, "a list of at most \([Seat].maximumListed) seats")
        }
        return seats
    }
}

extension [Seat] {
    /// Most seats that a move or a message names: more do not sit in a room.
    static let maximumListed = 32

    /// Seats from a list of their numbers.
    init?(_ json: JSON) {
        guard let elements = json.elements, elements.count <= Self.maximumListed else { return nil }
        var seats: [Seat] = []
        for element in elements {
            guard let number = element.int, (0..<Seat.limit).contains(number) else { return nil }
            seats.append(Seat(rawValue: UInt8(clamping: number)))
        }
        self = seats
    }
}
