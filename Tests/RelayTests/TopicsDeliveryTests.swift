import TestSupport
import Testing

/// Viewers that cannot keep up, or do not want to.
@Suite("topics: delivery", .serialized, .timeLimit(.minutes(5)))
struct TopicsDeliveryTests {
    @Test("state: who stops reading gets the newest value, in order, and knows what it missed; nobody else notices")
    func stalledState() async throws {
        try await withTopics(queue: "200kB") { setting in
            let count = 50_000
            let filling = String(repeating: "x", count: 300)
            let stalled = try await setting.viewer(following: "devices/one/telemetry", receiveBuffer: 16_384)
            let reader = try await setting.viewer(following: "devices/one/log")
            try await stalled.wire.socket.stopReading()
            let before = try #require(setting.relay.child.memory).resident
            for number in 1...count {
                try await setting.device.pour(
                    "devices/one/telemetry", #"{"n":\#(number),"x":"\#(filling)"}"#)
                if number.isMultiple(of: 500) { try await setting.device.pour("devices/one/log", "\(number)") }
            }
            #expect(try await reader.values(100).map(\.payload.int) == (1...100).map { $0 * 500 })
            let memory = try #require(setting.relay.child.memory)
            // 16 MB were sent and what waits for the viewer is one value; the rest is what the relay works with.
            #expect(memory.peak - before < 60_000_000, "\(before) → \(memory)")

            try await stalled.wire.socket.startReading()
            var last = 0
            var accounted = 0
            var received = 0
            while last < count {
                let value = try await stalled.value()
                let number = try #require(value.payload["n"].int)
                #expect(number > last)
                last = number
                received += 1
                accounted += 1 + value.skipped
                #expect(accounted == number)
            }
            #expect(received < count, "nothing was merged: the viewer did not stall")
        }
    }

    @Test("event: every message reaches a reader; who stops reading is closed, and nobody else notices")
    func stalledEvent() async throws {
        try await withTopics(queue: "200kB") { setting in
            let count = 20_000
            let filling = String(repeating: "x", count: 1_000)
            let stalled = try await setting.viewer(following: "devices/one/log", receiveBuffer: 16_384)
            try await stalled.wire.socket.stopReading()
            let reader = try await setting.viewer(following: "devices/two/log")
            let before = try #require(setting.relay.child.memory).resident
            for number in 0..<count {
                try await setting.device.pour("devices/one/log", #"["\#(filling)"]"#)
                if number.isMultiple(of: 100) { try await setting.device.pour("devices/two/log", "\(number)") }
            }
            #expect(try await reader.values(count / 100).map(\.payload.int) == (0..<count / 100).map { $0 * 100 })
            try await eventually("the end of the stalled viewer's session") {
                let metrics = try await RawHTTP.get(port: setting.relay.port, "/metrics").text
                return metrics.contains(#"closed_total{reason="slow consumer"} 1"#)
            }
            let memory = try #require(setting.relay.child.memory)
            #expect(memory.peak - before < 60_000_000, "\(before) → \(memory)")
        }
    }

    @Test("maxHz: of 1,000 values in about a second a viewer that asks for 5 gets few, the last among them")
    func maxHz() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/one/telemetry", ["maxHz": 5])
            let everything = try await setting.viewer(following: "devices/one/telemetry")
            let began = ContinuousClock.now
            for number in 1...1_000 {
                try await setting.device.pour("devices/one/telemetry", "\(number)")
                try await Task.sleep(for: .milliseconds(1))
            }
            var received = 0
            var accounted = 0
            var last = 0
            while last < 1_000 {
                let value = try await viewer.value()
                last = try #require(value.payload.int)
                received += 1
                accounted += 1 + value.skipped
                #expect(accounted == last)
            }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            #expect(Double(received) <= 5 * seconds + 2)
            #expect(try await everything.values(1_000).map(\.payload.int) == Array(1...1_000))
        }
    }
}
