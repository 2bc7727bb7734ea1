import Foundation
import FuzzDrivers
import NIOCore
import SocketIO
import Testing

/// Random JSON, whole and damaged, judged beside Foundation's reader.
@Suite struct JSONPropertyTests {
    @Test func generatedTextIsReadAsFoundationReadsIt() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<400 {
            let text = RandomJSON.value(depth: 4, using: &random)
            let value = try #require(try? json(text), "seed \(seed): \(text)")
            let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            #expect(Self.agree(value, theirs), "seed \(seed): \(text)")
            #expect(try json(String(buffer: value.bytes)) == value, "seed \(seed): \(text)")
        }
    }

    @Test func damagedTextIsTakenOrRefusedAsFoundationDoes() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var taken = 0
        for _ in 0..<4_000 {
            var bytes = Array(RandomJSON.value(depth: 3, using: &random).utf8)
            RandomJSON.damage(&bytes, using: &random)
            guard !Self.isReadDifferently(bytes) else { continue }
            let ours = try? JSON(validating: ByteBuffer(bytes: bytes))
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(
                (ours == nil) == (theirs == nil),
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self)), bytes \(bytes)")
            if let ours, let theirs {
                taken += 1
                #expect(Self.agree(ours, theirs), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(taken > 100, "seed \(seed): damage must leave some texts well-formed for the test to mean anything")
    }

    /// What the two readers may differ in: Foundation guesses other encodings from NULs and marks in front, takes
    /// neither lone surrogates nor numbers beyond a double, and lets a comma pass behind the last.
    private static func isReadDifferently(_ bytes: [UInt8]) -> Bool {
        if bytes.contains(0) || bytes.starts(with: [0xef]) || bytes.starts(with: [0xff]) || bytes.starts(with: [0xfe]) {
            return true
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(/,\s*[\]}]/) || text.contains(/\\u[dD][89a-fA-F]/) || text.contains(/[eE][+-]?\d{3}/)
            || text.contains(/\d{300}/)
    }

    private static func agree(_ ours: JSON, _ theirs: Any) -> Bool {
        if let elements = ours.elements {
            guard let array = theirs as? [Any], array.count == elements.count else { return false }
            return zip(elements, array).allSatisfy { self.agree($0, $1) }
        }
        if let members = ours.members {
            guard let object = theirs as? [String: Any] else { return false }
            // Foundation keeps one member of a name.
            return Set(members.map(\.key)) == Set(object.keys)
                && object.allSatisfy { key, value in members.contains { $0.key == key && self.agree($0.value, value) } }
        }
        if let string = ours.string { return theirs as? String == string }
        if let bool = ours.bool { return (theirs as? NSNumber)?.boolValue == bool }
        if let double = ours.double {
            // Foundation keeps long numbers as decimals, whose way to a double rounds twice.
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(other - double) <= 1e-14 * abs(double)
        }
        return ours.isNull && theirs is NSNull
    }
}

private enum RandomJSON {
    static func value(depth: Int, using random: inout SeededRandom) -> String {
        let space = ["", "", "", " ", "\n", "\t \r\n"].randomElement(using: &random) ?? ""
        return space + self.bare(depth: depth, using: &random) + space
    }

    private static func bare(depth: Int, using random: inout SeededRandom) -> String {
        switch Int.random(in: depth > 0 ? 0..<10 : 4..<10, using: &random) {
        case 0, 1:
            let elements = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                self.value(depth: depth - 1, using: &random)
            }
            return "[" + elements.joined(separator: ",") + "]"
        case 2, 3:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { index in
                // Numbered, so that no two are equal.
                "\"\(index)" + self.string(using: &random).dropFirst() + ":"
                    + self.value(depth: depth - 1, using: &random)
            }
            return "{" + members.joined(separator: ",") + "}"
        case 4: return ["null", "true", "false"].randomElement(using: &random) ?? "null"
        case 5, 6: return self.number(using: &random)
        default: return self.string(using: &random)
        }
    }

    private static func number(using random: inout SeededRandom) -> String {
        var text = Bool.random(using: &random) ? "-" : ""
        text += String(
            Int.random(in: 0...([9, 1_000_000, Int.max].randomElement(using: &random) ?? 9), using: &random))
        if Bool.random(using: &random) { text += "." + String(Int.random(in: 0...999, using: &random)) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            text += ["e", "E", "e+", "E-", "e-"].randomElement(using: &random) ?? "e"
            text += String(Int.random(in: 0...99, using: &random))
        }
        return text
    }

    private static let pieces = [
        "a", "b", " ", "/", "é", "€", "😀", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041",
        "\\u00e9",
        "\\u20AC", "\\ud83d\\ude00", "\u{7f}", "{", "]", ":", ",",
    ]

    private static func string(using random: inout SeededRandom) -> String {
        let pieces = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            self.pieces.randomElement(using: &random) ?? ""
        }
        return "\"" + pieces.joined() + "\""
    }

    /// One to three bytes changed, taken out, put in or doubled.
    static func damage(_ bytes: inout [UInt8], using random: inout SeededRandom) {
        let telling = Array("{}[]\",:\\0123456789.-+eEu \ntfn".utf8) + [0x01, 0x1f, 0x80, 0xc3, 0xff]
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = telling.randomElement(using: &random) ?? 0
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(telling.randomElement(using: &random) ?? 0, at: index)
            default: bytes.append(contentsOf: bytes[index...].prefix(3))
            }
        }
    }
}
