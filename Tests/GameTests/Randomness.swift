import Game
import NIOCore
import Seeding
import SocketIO

/// What tests of rules and codecs draw by seed.
struct Randomness {
    private var generator: SplitMix64

    init(seed: UInt64) {
        self.generator = SplitMix64(seed: seed)
    }

    mutating func below(_ bound: Int) -> Int { self.generator.index(below: bound) }
    mutating func bits<Number: FixedWidthInteger>() -> Number { Number(truncatingIfNeeded: self.generator.next()) }
    mutating func chance(_ percent: Int) -> Bool { self.below(100) < percent }

    mutating func element<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[self.below(elements.count)]
    }

    mutating func bytes(atMost count: Int) -> ByteBuffer {
        ByteBuffer(bytes: (0..<self.below(count + 1)).map { _ in self.bits() as UInt8 })
    }

    /// A move of no game in particular: now and then one that could be.
    mutating func garbageMove() -> Move {
        let kind = EventKind(rawValue: self.chance(70) ? UInt8(32 + self.below(5)) : self.bits())
        let texts = [
            "null", "{}", "[]", "7", #"{"c":-1}"#, #"{"c":9}"#, #"{"c":1e300}"#, #"{"c":99999999999999999999}"#,
            #"{"c":1.5}"#, #"{"c":"4"}"#, #"{"col":-9223372036854775808}"#, #"{"col":7}"#, #"{"bits":32}"#,
            #"{"bits":-1}"#, #"{"bits":256}"#, #"{"bits":null}"#, #"{"c":null,"col":[],"bits":{}}"#,
        ]
        switch self.below(3) {
        case 0: return Move(kind, .binary(self.bytes(atMost: 12)))
        case 1: return Move(kind, .binary(ByteBuffer(string: self.element(of: texts) ?? "")))
        default:
            return Move(
                kind, .json((try? JSON(validating: ByteBuffer(string: self.element(of: texts) ?? ""))) ?? .null))
        }
    }
}

extension Move {
    static func place(_ cell: Int) -> Move { Move(TicTacToe.place, .json(["c": JSON(cell)])) }
    static func drop(_ column: Int) -> Move { Move(Connect4.drop, .json(["col": JSON(column)])) }
    static func input(_ keys: Arena.Keys) -> Move { Move(Arena.input, .json(["bits": JSON(keys.rawValue)])) }

    static func byte(_ kind: EventKind, _ byte: UInt8) -> Move { Move(kind, .binary(ByteBuffer(bytes: [byte]))) }
}

extension Seat: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: UInt8) { self.init(rawValue: value) }
}

extension Rules {
    /// What the state's JSON says.
    var snapshot: JSON { self.state(since: nil, as: .json).json ?? .null }

    /// The refusal of a move; nil when it was made.
    mutating func refusal(of move: Move, by seat: Seat) -> Refusal.Code? {
        do throws(Refusal) {
            try self.apply(move, by: seat)
            return nil
        } catch {
            return error.code
        }
    }
}
