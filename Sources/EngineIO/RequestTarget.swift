/// The path and query of an HTTP request's target (RFC 3986 §3.3, §3.4), percent-decoded.
package struct RequestTarget: Hashable, Sendable {
    package let path: String
    /// The query's pairs in the order sent; a later one of the same name overrides an earlier when looked up.
    package let query: [(name: String, value: String)]

    /// More pairs than this are passed over.
    private static let maximumPairs = 128

    package init(_ uri: some StringProtocol) {
        var rest = Array(uri.utf8)[...]
        self.path = Self.decode(Self.take(upTo: "?", from: &rest), plusIsSpace: false)
        var query: [(name: String, value: String)] = []
        while !rest.isEmpty, query.count < Self.maximumPairs {
            var value = Self.take(upTo: "&", from: &rest)
            guard !value.isEmpty else { continue }
            let name = Self.take(upTo: "=", from: &value)
            query.append((Self.decode(name, plusIsSpace: true), Self.decode(value, plusIsSpace: true)))
        }
        self.query = query
    }

    /// The parts of a target's path between its slashes, each decoded for itself: a `%2F` is within a part.
    package static func segments(of uri: some StringProtocol) -> [String] {
        var rest = Array(uri.utf8)[...]
        return Self.take(upTo: "?", from: &rest).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Self.decode($0, plusIsSpace: false) }
    }

    package subscript(name: String) -> String? {
        self.query.last { $0.name == name }?.value
    }

    /// What stands before the separator, or all there is; `rest` keeps what stands behind it.
    private static func take(upTo separator: Unicode.Scalar, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: UInt8(ascii: separator)) ?? rest.endIndex
        let taken = rest[..<end]
        rest = rest[end...].dropFirst()
        return taken
    }

    /// Decodes `%XX`; what is not two hexadecimal digits stays as it is, and bytes that are not UTF-8 are replaced.
    private static func decode(_ text: ArraySlice<UInt8>, plusIsSpace: Bool) -> String {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(decoding: text, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(Self.hexadecimal),
                let low = rest.dropFirst().first.flatMap(Self.hexadecimal)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else if plusIsSpace && byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.path == right.path && left.query.elementsEqual(right.query, by: ==)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.path)
        hasher.combine(self.query.count)
    }
}
