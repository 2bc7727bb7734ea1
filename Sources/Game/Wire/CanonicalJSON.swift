import NIOCore
package import SocketIO

extension JSON {
    /// The same value in the one way of writing it: members by their names' bytes (the last of a name counts), no white
    /// space, escapes only where they must be, numbers as Swift writes them. Equal values have equal canonical forms.
    package var canonical: JSON {
        var writer = CanonicalWriter()
        return writer.write(self)
    }
}

/// Goes through a value without recursion, so that nesting costs no stack.
private struct CanonicalWriter {
    private enum Item {
        case value(JSON)
        case text(String)
    }

    /// What is still to be written, the next at the end.
    private var items: [Item] = []
    private var text = ByteBuffer()

    mutating func write(_ json: JSON) -> JSON {
        self.items = [.value(json)]
        while let item = self.items.popLast() {
            switch item {
            case .text(let text): self.text.writeString(text)
            case .value(let value): self.open(value)
            }
        }
        return (try? JSON(validatingUTF8: self.text)) ?? json
    }

    private mutating func open(_ value: JSON) {
        if let elements = value.elements {
            self.push(elements.map { [.value($0)] }, "[", "]")
        } else if let members = value.members {
            self.push(Self.sorted(members).map { [Self.key($0.key), .value($0.value)] }, "{", "}")
        } else if let string = value.string {
            self.text.writeJSON(string: string)
        } else if let number = value.double {
            self.text.writeString(value.int.map { String($0) } ?? String(number))
        } else {
            self.text.writeImmutableBuffer(value.bytes)
        }
    }

    private mutating func push(_ parts: [[Item]], _ opening: String, _ closing: String) {
        let separated = parts.enumerated().flatMap { $0.offset > 0 ? [.text(",")] + $0.element : $0.element }
        self.items.append(contentsOf: ([.text(opening)] + separated + [.text(closing)]).reversed())
    }

    private static func key(_ key: String) -> Item {
        var text = ByteBuffer()
        text.writeJSON(string: key)
        return .text(String(buffer: text) + ":")
    }

    private static func sorted(_ members: [(key: String, value: JSON)]) -> [(key: String, value: JSON)] {
        var sorted = members.enumerated().sorted { left, right in
            let (first, second) = (Array(left.element.key.utf8), Array(right.element.key.utf8))
            return first == second ? left.offset > right.offset : first.lexicographicallyPrecedes(second)
        }.map(\.element)
        var previous: String?
        sorted.removeAll { member in
            defer { previous = member.key }
            return previous.map { $0.utf8.elementsEqual(member.key.utf8) } ?? false
        }
        return sorted
    }
}
