import MQTT
import NIOCore
import Testing

@testable import Relay

/// What waits for one viewer, step by step.
@Suite("topics: slots")
struct TopicsSlotsTests {
    private typealias Slots = ViewerSlots<String>
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    /// The slots of a viewer, and the store behind them.
    private struct Desk {
        var store: TopicStore
        var slots = Slots()
        var rates: [String: Double] = [:]

        init() throws {
            self.store = TopicStore(
                maximumTopics: 100, maximumBytes: 1_000_000,
                historyLengths: [.init(filter: try TopicFilter("h"), count: 10)])
        }

        @discardableResult
        func apply(_ topic: String, _ text: String) throws -> TopicStore.Entry {
            try #require(
                self.store.apply(TopicUpdate(topic: topic, payload: ByteBuffer(string: text), retained: false, at: 0)))
        }

        mutating func live(
            _ topic: String, _ text: String, isWritable: Bool, at now: NIODeadline = start
        ) throws -> Slots.StateVerdict {
            let entry = try self.apply(topic, text)
            return self.slots.state(entry, rate: self.rates[topic], isWritable: isWritable, now: now)
        }

        /// Everything in line as `topic text`, with what was skipped and whether it is of the past.
        mutating func drain(at now: NIODeadline = start) -> [String] {
            var sent: [String] = []
            let rates = self.rates
            while let next = self.slots.next(now: now, rate: { rates[$0.topic] }) {
                let text = String(buffer: next.update.payload)
                sent.append("\(next.entry.topic) \(text)\(next.isHistory ? " past" : "") \(next.skipped)")
            }
            return sent
        }
    }

    @Test("a topic keeps the place in which it was first marked, and goes out once with its newest value")
    func places() throws {
        var desk = try Desk()
        #expect(try desk.live("slow", "1", isWritable: false) == .marked)
        #expect(try desk.live("fast", "1", isWritable: false) == .marked)
        for number in 2...100 { #expect(try desk.live("fast", "\(number)", isWritable: false) == .merged) }
        #expect(try desk.live("slow", "2", isWritable: false) == .merged)
        // Room in the socket is for those who wait.
        #expect(try desk.live("late", "1", isWritable: true) == .marked)
        #expect(desk.drain() == ["slow 2 1", "fast 100 99", "late 1 0"])
        #expect(desk.slots.isIdle)
    }

    @Test("a topic that ends, or has to make room, and comes back waits in one place")
    func comesBack() throws {
        var desk = try Desk()
        for text in ["1", "2", "", "3", "4"] { _ = try desk.live("a", text, isWritable: false) }
        #expect(desk.drain() == ["a 4 4"])
        desk.rates = ["b": 1]
        #expect(try desk.live("b", "1", isWritable: true) == .send)
        #expect(try desk.live("b", "", isWritable: true) == .timed(Self.start + .seconds(1)))
        #expect(try desk.live("b", "2", isWritable: true) == .merged)
        #expect(desk.slots.timePassed(at: Self.start + .seconds(1)) == nil)
        #expect(desk.drain(at: Self.start + .seconds(1)) == ["b 2 1"])
    }

    @Test("values that come while a snapshot with a history waits are shown in it, and are not skipped")
    func historyCountsAsShown() throws {
        var desk = try Desk()
        for number in 1...4 { try desk.apply("h", "\(number)") }
        let entry = try #require(desk.store["h"])
        desk.slots.snapshot([.init(entry: entry, older: 2, isEvent: false)])
        #expect(try desk.live("h", "5", isWritable: false) == .merged)
        #expect(desk.drain() == ["h 3 past 0", "h 4 past 0", "h 5 0"])
        desk.slots.snapshot([.init(entry: entry, older: 2, isEvent: false)])
        for number in 6...10 { #expect(try desk.live("h", "\(number)", isWritable: false) == .merged) }
        // 5 is what waited, 6 and 7 came and went, 8 and 9 are shown.
        #expect(desk.drain() == ["h 8 past 0", "h 9 past 0", "h 10 3"])
    }

    @Test("an event's snapshot is the value at that time, and events wait until it is out")
    func events() throws {
        var desk = try Desk()
        let entry = try desk.apply("h", "1")
        desk.slots.snapshot([.init(entry: entry, isEvent: true)])
        try desk.apply("h", "2")
        #expect(desk.slots.event("live 2", of: "h", bytes: 6) == .queued)
        #expect(desk.slots.nextEvent() == nil)
        #expect(desk.drain() == ["h 1 0"])
        #expect(desk.slots.backlogBytes == 6)
        let (first, second) = (desk.slots.nextEvent(), desk.slots.nextEvent())
        #expect(first == "live 2" && second == nil && desk.slots.backlogBytes == 0)
        #expect(desk.slots.event("live 3", of: "h", bytes: 6) == .send)
    }

    @Test("a limited rate: the first at once, the last when its time comes, which another rate changes")
    func rates() throws {
        var desk = try Desk()
        desk.rates = ["a": 2]
        #expect(try desk.live("a", "1", isWritable: true) == .send)
        #expect(try desk.live("a", "2", isWritable: true) == .timed(Self.start + .milliseconds(500)))
        #expect(try desk.live("a", "3", isWritable: true) == .merged)
        #expect(desk.slots.timePassed(at: Self.start + .milliseconds(499)) == Self.start + .milliseconds(500))
        #expect(desk.drain(at: Self.start + .milliseconds(499)).isEmpty)
        desk.slots.ratesChanged(now: Self.start + .milliseconds(200)) { _ in 4 }
        #expect(desk.slots.timePassed(at: Self.start + .milliseconds(200)) == Self.start + .milliseconds(250))
        #expect(desk.slots.timePassed(at: Self.start + .milliseconds(250)) == nil)
        #expect(desk.drain(at: Self.start + .milliseconds(250)) == ["a 3 1"])
        desk.rates = [:]
        #expect(try desk.live("a", "4", isWritable: true, at: Self.start + .milliseconds(251)) == .send)
    }

    @Test("what is no longer followed is forgotten, wherever it waits")
    func forgetting() throws {
        var desk = try Desk()
        desk.rates = ["timed": 1]
        _ = try desk.live("timed", "1", isWritable: true)
        _ = try desk.live("timed", "2", isWritable: true)
        let entry = try desk.apply("h", "1")
        desk.slots.snapshot([.init(entry: entry, isEvent: true)])
        _ = desk.slots.event("live", of: "h", bytes: 4)
        _ = try desk.live("kept", "1", isWritable: false)
        desk.slots.forget { $0 == "kept" }
        #expect(desk.drain() == ["kept 1 0"])
        #expect(desk.slots.nextEvent() == nil && desk.slots.backlogBytes == 0)
        #expect(desk.slots.timePassed(at: Self.start + .hours(1)) == nil)
        #expect(desk.drain().isEmpty && desk.slots.isIdle)
    }

    @Test("any number of topics that the store has forgotten do not make it grow without bounds")
    func bounds() throws {
        var desk = try Desk()
        for number in 0..<20_000 { _ = try desk.live("t\(number)", "1", isWritable: false) }
        #expect(desk.slots.count <= 3 * 2_048)
        #expect(desk.drain().contains("t19999 1 0"))
        desk.rates = ["a": 0.001]
        for number in 0..<5_000 {
            _ = try desk.live("a", "\(number)", isWritable: true)
            desk.slots.forget { _ in false }
        }
        #expect(desk.slots.count <= 100)
    }
}
