import Foundation

/// The name of a member, as it was checked: 1 to 32 characters without white space around them, something to be seen among
/// them.
struct ChatName: Hashable, Sendable {
    let text: String

    private static let maximumLength = 32
    private static let maximumBytes = 128

    /// - Throws: `BAD_INPUT`.
    init(_ text: String) throws(ChatRefusal) {
        guard text.utf8.count <= 4 * Self.maximumBytes else { throw Self.refusal }
        let trimmed = text.trimmingWhitespace
        guard (1...Self.maximumLength).contains(trimmed.count), trimmed.utf8.count <= Self.maximumBytes,
            trimmed.isOneLine, trimmed.isVisible
        else { throw Self.refusal }
        self.text = String(trimmed)
    }

    /// For somebody who gave no name.
    init(guest number: Int) {
        self.text = "guest\(number)"
    }

    /// The same for all names that differ in nothing but case, how letters are encoded, or what cannot be seen.
    var folded: String {
        var seen = String.UnicodeScalarView()
        for scalar in self.text.unicodeScalars where !scalar.properties.isDefaultIgnorableCodePoint {
            seen.append(scalar)
        }
        return String(seen).precomposedStringWithCompatibilityMapping.lowercased()
    }

    private static var refusal: ChatRefusal {
        ChatRefusal(
            .badInput, "a name has 1 to \(Self.maximumLength) characters, none of them invisible or a control character"
        )
    }
}

/// The name of a room, as it was checked: 1 to 64 characters without white space around them, in Unicode's composed form
/// (NFC), so that it is one room however a client encodes accents.
enum ChatRoomName {
    private static let maximumLength = 64
    private static let maximumBytes = 256

    /// - Throws: `BAD_INPUT`.
    static func check(_ text: String) throws(ChatRefusal) -> String {
        let name = text.utf8.count <= 4 * Self.maximumBytes ? text.trimmingWhitespace : text[...]
        guard name.utf8.count <= Self.maximumBytes, (1...Self.maximumLength).contains(name.count), name.isOneLine,
            name.isVisible
        else {
            throw ChatRefusal(
                .badInput,
                "a room's name has 1 to \(Self.maximumLength) characters, none of them invisible or a control character"
            )
        }
        return name.precomposedStringWithCanonicalMapping
    }
}

/// What somebody says: 1 to 2,000 characters, as they came.
struct ChatText: Hashable, Sendable {
    let text: String

    private static let maximumLength = 2_000
    /// Four a character, which all of Unicode's fit in; many together may make one that is seen.
    private static let maximumBytes = 8_000

    /// - Throws: `BAD_INPUT`, `TOO_BIG`.
    init(_ text: String) throws(ChatRefusal) {
        let bytes = text.utf8.count
        guard bytes > 0 else { throw ChatRefusal(.badInput, "a message has at least one character") }
        // No text has more characters than bytes, so most need no count.
        guard bytes <= Self.maximumBytes, bytes <= Self.maximumLength || text.count <= Self.maximumLength else {
            throw ChatRefusal(
                .tooBig, "a message has at most \(Self.maximumLength) characters, and \(Self.maximumBytes) bytes")
        }
        self.text = text
    }
}

extension String {
    fileprivate var trimmingWhitespace: Substring {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}

extension StringProtocol {
    /// Without control characters, line breaks, and what nobody sees: that turns the direction of the text behind it, or
    /// makes two names of one. What joins letters and chooses the look of a picture stays.
    fileprivate var isOneLine: Bool {
        self.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x200C, 0x200D, 0xFE00...0xFE0F, 0xE0020...0xE007F: true
            default:
                !scalar.properties.isDefaultIgnorableCodePoint
                    && ![.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            }
        }
    }

    /// Whether there is anything to be seen; the empty pattern of Braille is not.
    fileprivate var isVisible: Bool {
        self.unicodeScalars.contains {
            !$0.properties.isDefaultIgnorableCodePoint && !$0.properties.isWhitespace && $0.value != 0x2800
        }
    }
}
