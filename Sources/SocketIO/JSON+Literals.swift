import NIOCore

/// Writing small JSON values: `["ok": true, "filters": .array(filters.map(JSON.init(_:)))]`.
extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(_ string: some StringProtocol) {
        var bytes = ByteBuffer()
        bytes.writeJSON(string: string)
        self.init(unchecked: bytes)
    }

    package init(_ number: some BinaryInteger) {
        self.init(unchecked: ByteBuffer(string: String(number)))
    }

    package init(_ bool: Bool) {
        self.init(unchecked: ByteBuffer(string: bool ? "true" : "false"))
    }

    /// Written out, never `nil`: a literal of that kind would make "no value" and "the value null" look the same.
    package static var null: JSON { JSON(unchecked: ByteBuffer(string: "null")) }

    package static func array(_ elements: some Sequence<JSON>) -> JSON {
        var bytes = ByteBuffer(string: "[")
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeImmutableBuffer(element.bytes)
        }
        bytes.writeStaticString("]")
        return JSON(unchecked: bytes)
    }

    package static func object(_ members: some Sequence<(String, JSON)>) -> JSON {
        var bytes = ByteBuffer(string: "{")
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeJSON(string: member.0)
            bytes.writeStaticString(":")
            bytes.writeImmutableBuffer(member.1.bytes)
        }
        bytes.writeStaticString("}")
        return JSON(unchecked: bytes)
    }

    /// What stands in a binary packet's JSON for its attachment with this index.
    package static func placeholder(_ index: Int) -> JSON {
        JSON(unchecked: ByteBuffer(string: #"{"_placeholder":true,"num":\#(index)}"#))
    }

    package init(stringLiteral value: String) { self.init(value) }
    package init(integerLiteral value: Int) { self.init(value) }
    package init(booleanLiteral value: Bool) { self.init(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
}
