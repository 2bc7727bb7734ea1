/// The bytes that topics and filters are cut at or mean more than themselves.
enum Byte {
    static let slash = UInt8(ascii: "/")
    static let plus = UInt8(ascii: "+")
    static let hash = UInt8(ascii: "#")
    static let dollar = UInt8(ascii: "$")
}

/// Walks the levels of a topic or filter, empty ones included, without copying them. "a//b" has three, "" has one.
struct TopicLevels: IteratorProtocol {
    typealias Level = Slice<UnsafeBufferPointer<UInt8>>

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int? = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func next() -> Level? {
        guard let start = self.position else { return nil }
        var end = start
        while end < self.bytes.count, self.bytes[end] != Byte.slash { end += 1 }
        self.position = end < self.bytes.count ? end + 1 : nil
        return self.bytes[start..<end]
    }
}

extension TopicLevels.Level {
    var isPlus: Bool { self.count == 1 && self.first == Byte.plus }
    var isHash: Bool { self.count == 1 && self.first == Byte.hash }
}

extension String {
    /// The UTF-8 of this string, in place when it is native, as all but bridged strings are.
    func withTopicBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = self.utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(self.utf8).withUnsafeBufferPointer(body)
    }
}
