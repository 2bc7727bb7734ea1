import Seeding
import TestSupport
import Testing

@testable import Relay

@Suite("topics: for whom a topic waits")
struct WaitingMarksTests {
    @Test("marks are as a set is, and all of them are void in another epoch", arguments: 0..<10 as Range<UInt64>)
    func random(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var marks = WaitingMarks()
        var known: Set<Int> = []
        var epoch = 0
        for _ in 0..<5_000 {
            let number = Int(random.next() % 300)
            switch random.next() % 16 {
            case 0..<9:
                marks.insert(number, in: epoch)
                known.insert(number)
            case 9..<15:
                marks.remove(number)
                known.remove(number)
            default:
                epoch += 1
                known = []
            }
            #expect(marks.contains(number, in: epoch) == known.contains(number))
        }
        for number in 0..<400 { #expect(marks.contains(number, in: epoch) == known.contains(number)) }
        #expect((0..<400).allSatisfy { !marks.contains($0, in: epoch + 1) })
    }

    @Test("what was removed in one epoch does not come back in the next")
    func epochs() {
        var marks = WaitingMarks()
        marks.insert(70, in: 1)
        marks.remove(70)
        marks.insert(3, in: 2)
        #expect(!marks.contains(70, in: 2) && !marks.contains(70, in: 1))
        #expect(marks.contains(3, in: 2))
        #expect(!marks.contains(-1, in: 2))
        marks.insert(-1, in: 2)
        #expect(!marks.contains(-1, in: 2))
    }

    @Test("numbers are nobody's twice, and those given back are given again")
    func numbers() {
        var numbers = ViewerNumbers()
        #expect((0..<3).map { _ in numbers.take() } == [0, 1, 2])
        numbers.giveBack(1)
        #expect([numbers.take(), numbers.take()] == [1, 3])
    }

    /// The one who waits, the one who has left, and whoever has its number next.
    @Test("viewers come, go, slow down and follow other topics: each ends with the last value of all that it follows")
    func viewers() async throws {
        try await withTopics { setting in
            let topics = (0..<20).map { "devices/\($0)/telemetry" }
            var viewers: [TopicsViewer] = []
            for round in 1...6 {
                for _ in 0..<4 {
                    let slow: JSONValue = viewers.count % 2 == 0 ? [:] : ["maxHz": 4]
                    viewers.append(try await setting.viewer(following: "devices/+/telemetry", slow))
                }
                for value in 0..<30 {
                    for topic in topics { try await setting.device.pour(topic, "\(round * 1_000 + value)") }
                }
                let leaving = viewers.removeFirst()
                await leaving.leave()
                let restless = viewers[0]
                _ = try await restless.call("unsubscribe", "devices/+/telemetry")
                for topic in topics { try await setting.device.pour(topic, "\(round * 1_000 + 30)") }
                _ = try await restless.call("subscribe", "devices/+/telemetry", ["maxHz": 3])
                for topic in topics { try await setting.device.publish(topic, "\(round * 1_000 + 31)") }
                for viewer in viewers { try await Self.untilAll(topics, are: round * 1_000 + 31, at: viewer) }
            }
        }
    }

    private static func untilAll(_ topics: [String], are last: Int, at viewer: TopicsViewer) async throws {
        var missing = Set(topics)
        while !missing.isEmpty {
            let value = try await viewer.value(within: .seconds(60))
            if value.payload.int == last, let topic = value.topic { missing.remove(topic) }
        }
    }
}
