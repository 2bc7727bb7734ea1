package import NIOCore

/// The arguments of an event, its name first, or of an acknowledgement: a JSON array as it came, and the attachments
/// that its placeholders stand for.
package struct Arguments: Hashable, Sendable {
    /// The whole array, brackets included.
    package let bytes: ByteBuffer
    package let attachments: [ByteBuffer]
    /// Where each argument stands in `bytes`.
    private let ranges: [Range<Int>]

    /// Most arguments one packet may have.
    package static let maximumCount = 1_000

    /// Checks and splits an array that came from a peer; the text must be UTF-8.
    package init(parsing bytes: ByteBuffer) throws(JSONError) {
        self.ranges = try bytes.withUnsafeReadableBytes { (bytes) throws(JSONError) in
            try JSONScanner.elements(of: bytes, limit: Self.maximumCount)
        }
        self.bytes = bytes
        self.attachments = []
    }

    package init(_ values: [JSON], attachments: [ByteBuffer] = []) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(values.reduce(2) { $0 + $1.bytes.readableBytes + 1 })
        bytes.writeStaticString("[")
        self.ranges = values.enumerated().map { index, value in
            if index > 0 { bytes.writeStaticString(",") }
            let start = bytes.readableBytes
            bytes.writeImmutableBuffer(value.bytes)
            return start..<bytes.readableBytes
        }
        bytes.writeStaticString("]")
        self.bytes = bytes
        self.attachments = attachments
    }

    /// The same arguments with the attachments that came after them; nil when a placeholder stands for none of them.
    func attaching(_ attachments: [ByteBuffer]) -> Arguments? {
        guard PlaceholderCheck.passes(self.bytes, attachments: attachments.count) else { return nil }
        return Arguments(bytes: self.bytes, attachments: attachments, ranges: self.ranges)
    }

    private init(bytes: ByteBuffer, attachments: [ByteBuffer], ranges: [Range<Int>]) {
        self.bytes = bytes
        self.attachments = attachments
        self.ranges = ranges
    }

    package var count: Int { self.ranges.count }

    package subscript(index: Int) -> JSON? {
        self.ranges.indices.contains(index) ? JSON(unchecked: self.bytes.slice(self.ranges[index])) : nil
    }

    /// The attachment that the argument at `index` is, when it is one.
    package func attachment(at index: Int) -> ByteBuffer? {
        self[index]?.placeholder.flatMap { self.attachments.indices.contains($0) ? self.attachments[$0] : nil }
    }

    /// The text behind the first `count` arguments: `,third,fourth]`, or `]` where there are no more. With something in
    /// front it is an array again, the arguments in it untouched.
    package func tail(after count: Int) -> ByteBuffer {
        guard count < self.ranges.count else { return ByteBuffer(string: "]") }
        let end = self.bytes.readableBytes
        if count > 0 { return self.bytes.slice(self.ranges[count - 1].upperBound..<end) }
        var all = ByteBuffer(string: ",")
        all.writeImmutableBuffer(self.bytes.slice(self.ranges[0].lowerBound..<end))
        return all
    }
}

extension JSON {
    /// The index that a placeholder object names; nil for every other value.
    package var placeholder: Int? {
        guard self.isObject, self["_placeholder"]?.bool == true else { return nil }
        return self["num"]?.int
    }
    /// Whether anything in the value could be taken for a placeholder, at whatever depth. Such a value must not travel in
    /// a packet with somebody else's attachments.
    package var hasPlaceholder: Bool { !PlaceholderCheck.passes(self.bytes, attachments: 0) }
}
