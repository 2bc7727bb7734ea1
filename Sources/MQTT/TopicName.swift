/// A topic one can publish to: checked when made, so that whoever holds one need not check again (MQTT 5 §4.7).
package struct TopicName: Sendable, Hashable, CustomStringConvertible {
    package let string: String

    /// - Throws: why it is not a topic name: empty, longer than 65,535 bytes of UTF-8, holding `+` or `#`, NUL, or a
    ///   character that brokers may refuse (control characters and Unicode's non-characters, MQTT 5 §1.5.4).
    package init(_ string: String) throws(TopicError) {
        try TopicError.checkText(string)
        if string.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) {
            throw .wildcardInName
        }
        self.string = string
    }

    package var description: String { self.string }
}

/// Why a string is neither topic nor filter.
package enum TopicError: Error, Equatable, CustomStringConvertible {
    case empty
    /// More than 65,535 bytes of UTF-8.
    case tooLong(bytes: Int)
    /// NUL, another control character, or a non-character of Unicode.
    case forbiddenCharacter(Unicode.Scalar)
    /// `+` or `#` in the name of a topic.
    case wildcardInName
    /// `+` or `#` that shares its level with other characters.
    case wildcardBesideText
    /// `#` before the last level.
    case hashNotLast
    /// `$share` without a group, with a wildcard in the group, or without a filter behind it (MQTT 5 §4.8.2).
    case malformedShare

    package var description: String {
        switch self {
        case .empty: "a topic has at least one character"
        case .tooLong(let bytes): "a topic has at most 65,535 bytes, this one \(bytes)"
        case .forbiddenCharacter(let scalar): "U+\(String(scalar.value, radix: 16, uppercase: true)) is not allowed"
        case .wildcardInName: "+ and # are for filters, not for the topic of a message"
        case .wildcardBesideText: "+ and # stand alone in their level"
        case .hashNotLast: "# is the last level"
        case .malformedShare: "a shared subscription is $share/GROUP/FILTER"
        }
    }

    /// The rules that names and filters have in common.
    static func checkText(_ string: String) throws(TopicError) {
        let count = string.utf8.count
        if count == 0 { throw .empty }
        if count > 65_535 { throw .tooLong(bytes: count) }
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return }
        for scalar in string.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isNonCharacter = (0xFDD0...0xFDEF).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE
            if isControl || isNonCharacter { throw .forbiddenCharacter(scalar) }
        }
    }
}
