import NIOCore
package import SocketIO

/// The event `move` in its JSON form: `[ref, n, kind, data, options?]`, or `[ref, [[n, kind, data, options?], …]]`.
package struct MoveMessage: Hashable, Sendable {
    /// Which room it is for, by its number on this connection.
    package let reference: UInt16
    package let moves: [NumberedMove]
    /// Whether they came as a list, and are answered as one.
    package let isBatch: Bool

    /// Most moves of one message.
    package static let maximumMoves = 16

    /// - Parameter kinds: the named kinds of the room with a reference; nil: the reference is none.
    /// - Throws: `REF`, or `BAD_INPUT` with a sentence that names what is wrong.
    package init(
        _ arguments: Arguments, kinds: (UInt16) -> [GameDescription.NamedKind]?
    ) throws(Refusal) {
        guard let elements = arguments[1]?.elements, elements.count >= 2 else {
            throw Refusal(.badInput, "a move is [ref, n, kind, data], or [ref, [[n, kind, data], …]]")
        }
        guard let reference = elements[0].int.flatMap({ UInt16(exactly: $0) }) else {
            throw Refusal(.badInput, "ref: a number from 0 to 65535")
        }
        guard let kinds = kinds(reference) else { throw Refusal(.reference, "\(reference) is no room of yours") }
        let reader = MoveReader(kinds: kinds, attachments: arguments.attachments)
        self.reference = reference
        self.isBatch = elements[1].isArray
        self.moves =
            self.isBatch ? try reader.moves(in: elements[1]) : [try reader.move(Array(elements.dropFirst()))]
    }

    /// The number of the first move, as far as it can be read: what a refusal of the message names.
    package static func firstNumber(of arguments: Arguments) -> UInt32 {
        guard let elements = arguments[1]?.elements, elements.count >= 2 else { return 0 }
        let first = elements[1].elements?.first?.elements?.first ?? elements[1]
        return first.int.flatMap { UInt32(exactly: $0) } ?? 0
    }
}

private struct MoveReader {
    let kinds: [GameDescription.NamedKind]
    let attachments: [ByteBuffer]

    func moves(in json: JSON) throws(Refusal) -> [NumberedMove] {
        guard let elements = json.elements, (1...MoveMessage.maximumMoves).contains(elements.count) else {
            throw Refusal(.badInput, "a message holds 1 to \(MoveMessage.maximumMoves) moves")
        }
        var moves: [NumberedMove] = []
        for element in elements {
            guard let parts = element.elements else { throw Refusal(.badInput, "a move is [n, kind, data]") }
            moves.append(try self.move(parts))
        }
        return moves
    }

    func move(_ parts: [JSON]) throws(Refusal) -> NumberedMove {
        guard (3...4).contains(parts.count) else { throw Refusal(.badInput, "a move is [n, kind, data, options?]") }
        guard let number = parts[0].int.flatMap({ UInt32(exactly: $0) }), number > 0 else {
            throw Refusal(.badInput, "n: a whole number from 1 to \(UInt32.max)")
        }
        let options = parts.count > 3 && !parts[3].isNull ? try MoveOptions(Fields(parts[3], prefix: "options.")) : nil
        return NumberedMove(
            number, Move(try self.kind(parts[1]), try self.data(parts[2])), options: options ?? MoveOptions())
    }

    private func kind(_ json: JSON) throws(Refusal) -> EventKind {
        if let number = json.int.flatMap({ UInt8(exactly: $0) }) { return EventKind(rawValue: number) }
        if let name = json.string, let known = self.kinds.first(where: { $0.name == name }) { return known.kind }
        throw Refusal(.badInput, "kind: a number from 32 to 255, or the name of one")
    }

    /// Bytes must be all of the data. Within other JSON they would be a placeholder that means something else in the frame
    /// in which the move goes out.
    private func data(_ json: JSON) throws(Refusal) -> Payload {
        if let index = json.placeholder, self.attachments.indices.contains(index) {
            return .binary(self.attachments[index])
        }
        guard !json.hasPlaceholder else { throw Refusal(.badInput, "data: JSON, or bytes and nothing else") }
        return .json(json)
    }
}

extension MoveOptions {
    fileprivate init(_ fields: Fields) throws(Refusal) {
        let cache = try fields.int("c", 1...2).flatMap(Cache.init)
        let version = try fields.int("v", 0...Int(UInt32.max))
        let shown = try fields.int("at", 0...Int(UInt32.max))
        self.init(
            recipients: try fields.seats("to"), cache: cache, version: version.map { UInt32(clamping: $0) },
            shownTick: shown.map { UInt32(clamping: $0) })
    }
}
