/// A topic in a dictionary, hashed once.
///
/// Topics are the same when their bytes are (MQTT 5 §4.7.3, §1.5.4); `String` would also take two spellings of one accented
/// letter as equal.
package struct TopicKey: Hashable, Sendable {
    package let topic: String
    private let hash: Int

    package init(_ topic: String) {
        self.topic = topic
        var hasher = Hasher()
        topic.hashBytes(into: &hasher)
        self.hash = hasher.finalize()
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.hash) }

    package static func == (left: Self, right: Self) -> Bool {
        left.hash == right.hash && left.topic.hasBytes(of: right.topic)
    }
}

extension TopicName {
    package func hash(into hasher: inout Hasher) { self.string.hashBytes(into: &hasher) }
    package static func == (left: Self, right: Self) -> Bool { left.string.hasBytes(of: right.string) }
}

extension TopicFilter {
    package func hash(into hasher: inout Hasher) { self.string.hashBytes(into: &hasher) }
    package static func == (left: Self, right: Self) -> Bool { left.string.hasBytes(of: right.string) }
}

extension String {
    fileprivate func hashBytes(into hasher: inout Hasher) {
        self.withTopicBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    fileprivate func hasBytes(of other: String) -> Bool {
        self.withTopicBytes { mine in other.withTopicBytes { mine.elementsEqual($0) } }
    }
}
