import MQTT
import NIOCore
import Testing

@testable import Relay

/// The last values, without a broker.
@Suite("topics: the store")
struct TopicsStoreTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func update(
        _ topic: String, _ text: String, retained: Bool = false, expires: TimeAmount? = nil, link: Int = 1,
        mayBeReplay: Bool = false
    ) -> TopicUpdate {
        TopicUpdate(
            topic: topic, payload: ByteBuffer(string: text), retained: retained || text.isEmpty, at: 17,
            expires: expires.map { Self.start + $0 }, link: link, mayBeReplay: mayBeReplay)
    }

    private static func texts(_ updates: some Sequence<TopicUpdate>) -> [String] {
        updates.map { String(buffer: $0.payload) }
    }

    @Test("beyond its topics the one that was silent longest makes room, and is counted")
    func evictsTheSilent() throws {
        let store = TopicStore(maximumTopics: 2, maximumBytes: 10_000)
        for topic in ["a", "b", "a", "c"] { _ = store.apply(Self.update(topic, "1")) }
        #expect(store["b"] == nil)
        #expect(store["a"] != nil && store["c"] != nil)
        #expect(store.counts.evicted == 1)
        #expect(store.takeDropped().map(\.topic) == ["b"])
        #expect(store.takeDropped().isEmpty)
    }

    @Test("beyond its bytes likewise, as many as have to go; what is larger than all of it is delivered only")
    func evictsBytes() throws {
        let store = TopicStore(maximumTopics: 100, maximumBytes: 1_000)
        for number in 0..<5 { _ = store.apply(Self.update("t\(number)", String(repeating: "x", count: 100))) }
        #expect(store.count == 5)
        _ = store.apply(Self.update("t5", String(repeating: "x", count: 400)))
        #expect(store.byteCount <= 1_000)
        #expect(store["t0"] == nil && store["t4"] != nil && store["t5"] != nil)
        let evicted = store.counts.evicted
        let large = store.apply(Self.update("large", String(repeating: "x", count: 2_000)))
        #expect(large?.isKept == false)
        #expect(store["large"] == nil && store["t5"] != nil)
        #expect(store.counts.evicted == evicted + 1)
    }

    @Test("a deleted topic is gone, its entry with it, and may come back")
    func deletedTopics() throws {
        let store = TopicStore(maximumTopics: 10, maximumBytes: 1_000_000)
        let first = try #require(store.apply(Self.update("a", "1", retained: true)))
        let deleted = try #require(store.apply(Self.update("a", "", retained: true)))
        #expect(first === deleted && !first.isKept && first.number == 2)
        #expect(store["a"] == nil && store.count == 0 && store.all.isEmpty && store.byteCount == 0)
        let again = try #require(store.apply(Self.update("a", "2")))
        #expect(first !== again && first.key == again.key && store["a"] === again)
        #expect(store.apply(Self.update("never", "", retained: true))?.isKept == false)
        #expect(store.counts.evicted == 0)
        #expect(store.takeDropped().map(\.topic) == ["a", "never"])
    }

    @Test("a value whose time is up is no more, and is told once; one told anew lives on")
    func expiry() throws {
        let store = TopicStore(maximumTopics: 10, maximumBytes: 1_000_000)
        _ = store.apply(Self.update("a", "1", expires: .seconds(5)))
        _ = store.apply(Self.update("b", "1", expires: .seconds(5)))
        _ = store.apply(Self.update("b", "2", expires: .seconds(9)))
        _ = store.apply(Self.update("c", "1", expires: .seconds(5)))
        _ = store.apply(Self.update("c", "2"))
        #expect(store.nextExpiry == Self.start + .seconds(5))
        #expect(store.expire(at: Self.start + .milliseconds(4_999), 1).isEmpty)
        let ended = store.expire(at: Self.start + .seconds(5), 99)
        #expect(ended.map(\.topic) == ["a"])
        #expect(ended.first?.last.isExpiry == true && ended.first?.last.at == 99)
        #expect(store["a"] == nil && store["b"] != nil)
        #expect(store.nextExpiry == Self.start + .seconds(9))
        #expect(store.expire(at: Self.start + .seconds(60), 1).map(\.topic) == ["b"])
        #expect(store["c"] != nil && store.nextExpiry == nil && store.counts.expired == 2)
    }

    @Test("what the broker retains does not overtake what came after it, and is no news when it is known")
    func replay() throws {
        let store = TopicStore(maximumTopics: 10, maximumBytes: 1_000_000)
        func replayed(_ topic: String, _ text: String) -> TopicStore.Entry? {
            store.apply(Self.update(topic, text, retained: true, link: 2, mayBeReplay: true))
        }
        _ = store.apply(Self.update("old", "1", retained: true))
        _ = store.apply(Self.update("old", "2"))
        _ = store.apply(Self.update("same", "1"))
        _ = store.apply(Self.update("newer", "1", retained: true))
        _ = store.apply(Self.update("newer", "2"))
        _ = store.apply(Self.update("gone", "1", retained: true))
        _ = store.apply(Self.update("gone", "", retained: true))
        #expect(replayed("old", "1") == nil)
        #expect(store["old"].map { String(buffer: $0.last.payload) } == "2")
        #expect(replayed("same", "1") == nil)
        #expect(store["same"]?.last.retained == true && store["same"]?.last.at == 17)
        #expect(replayed("newer", "3") != nil)
        #expect(replayed("gone", "1") != nil)
        #expect(replayed("unknown", "1") != nil)
        // Only the first message of a topic can be the broker's; the next with the same text is the device's.
        #expect(replayed("old", "1") != nil)
        #expect(replayed("same", "1") != nil)
    }

    @Test("a history has the last values of its topics, in order and within its bytes")
    func history() throws {
        let lengths = [TopicStore.HistoryLength(filter: try TopicFilter("h/#"), count: 3)]
        let store = TopicStore(
            maximumTopics: 10, maximumBytes: 1_000_000, maximumHistoryBytes: 1_000, historyLengths: lengths)
        var entry: TopicStore.Entry?
        for number in 1...5 { entry = store.apply(Self.update("h/a", "\(number)")) }
        let kept = try #require(entry)
        #expect(Self.texts(kept.values(before: kept.number, atMost: 10)) == ["3", "4"])
        #expect(Self.texts(kept.values(before: kept.number, atMost: 1)) == ["4"])
        #expect(Self.texts(kept.values(before: kept.number - 1, atMost: 10)) == ["3"])
        #expect(kept.values(before: 1, atMost: 10).isEmpty && kept.values(before: kept.number, atMost: -1).isEmpty)
        let plain = try #require(store.apply(Self.update("p", "1")))
        #expect(store.apply(Self.update("p", "2"))?.values(before: 9, atMost: 9).isEmpty == true)
        #expect(plain.number == 2)

        for number in 0..<100 { _ = store.apply(Self.update("h/b\(number % 7)", "\(number)")) }
        #expect(store.historyByteCount <= 1_000)
        #expect(store.counts.historyEvicted > 0)
        _ = store.apply(Self.update("h/a", ""))
        #expect(kept.values(before: kept.number + 1, atMost: 10).isEmpty)
    }
}

/// How MQTT 5's message properties and a device's own words are understood.
@Suite("topics: updates")
struct TopicsUpdateTests {
    @Test(
        "a status says offline as text, as a JSON string, or as an object's state",
        arguments: [
            ("offline", true), (#""offline""#, true), (#"{"state":"offline"}"#, true), ("online", false),
            (#"{"state":"online"}"#, false), ("offline ", false), ("", false), ("0", false),
        ])
    func status(text: String, isOffline: Bool) {
        let update = TopicUpdate(topic: "s", payload: ByteBuffer(string: text), retained: true, at: 0)
        #expect(update.saysOffline == isOffline)
    }

    @Test("correlation data tells loop and key, and nothing else does")
    func correlation() {
        for key: UInt64 in [0, 1, .max, 0x0102_0304_0506_0708] {
            let correlation = Correlation(loop: 63, key: key)
            #expect(correlation.bytes.count == 9)
            #expect(Correlation(correlation.bytes) == correlation)
        }
        #expect(Correlation(nil) == nil && Correlation([]) == nil && Correlation([1, 2, 3]) == nil)
        #expect(Correlation(Array(repeating: 0, count: 10)) == nil)
    }

    @Test("pending requests end once: by their answer or by their time, and no more wait than may")
    func pending() {
        let start = NIODeadline.uptimeNanoseconds(0)
        var pending = PendingRequests<String>(maximum: 2)
        func add(_ question: String, _ key: UInt64, _ seconds: Int64) -> Bool {
            pending.add(question, key: key, until: start + .seconds(seconds))
        }
        #expect(add("a", 1, 5))
        #expect(!add("twin", 1, 5))
        #expect(add("b", 2, 3))
        #expect(!add("c", 3, 1))
        #expect(pending.nextDeadline == start + .seconds(3))
        let (first, again) = (pending.take(1), pending.take(1))
        #expect(first == "a" && again == nil)
        let (early, due) = (pending.takeDue(at: start + .seconds(2)), pending.takeDue(at: start + .seconds(9)))
        #expect(early.isEmpty && due == ["b"])
        #expect(pending.count == 0 && pending.nextDeadline == nil)
        for number: UInt64 in 0..<10_000 {
            #expect(add("x", number, 60))
            let taken = pending.take(number)
            #expect(taken == "x")
        }
        #expect(add("d", 1, 5))
        let (all, none) = (pending.takeAll { _ in true }, pending.takeDue(at: start + .hours(1)))
        #expect(all == ["d"] && none.isEmpty)
    }
}
