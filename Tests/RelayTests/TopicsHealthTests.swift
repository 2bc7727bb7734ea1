import Dispatch
import TestSupport
import Testing

/// What the relay says of itself.
@Suite("topics: health", .timeLimit(.minutes(3)))
struct TopicsHealthTests {
    @Test("/readyz follows the broker, /healthz does not, and /metrics says which")
    func readiness() async throws {
        try await withTopics { setting in
            func metric() async throws -> Double? { try await metrics(of: setting)["relay_broker_up"] }
            #expect(try await metric() == 1)
            setting.broker.kill()
            try await setting.untilReady(false)
            #expect(try await RawHTTP.get(port: setting.relay.port, "/healthz").status == 200)
            #expect(try await metric() == 0)
            try await setting.broker.restart()
            try await setting.untilReady(true)
            #expect(try await metric() == 1)
        }
    }

    @Test("/readyz says no until the broker has answered the subscriptions: what came before would be missed")
    func readinessBeforeSubscriptions() async throws {
        let released = DispatchSemaphore(value: 0)
        let broker = try FakeBroker { connection in
            connection.acceptClient()
            guard let packet = connection.readPacket(), packet.count > 3 else { return }
            released.wait()
            connection.write([0x90, 4, packet[1], packet[2], 0, 0x00])
            connection.readUntilGone()
        }
        defer { broker.stop() }
        defer { released.signal() }
        let configuration = """
            mqtt: { url: "mqtt://127.0.0.1:\(broker.port)" }
            namespaces: { /devices: { kind: topics, rules: [ { topics: "devices/{device}" } ] } }
            """
        try await withRelay(.text(configuration)) { relay in
            func ready() async throws -> HTTPAnswer { try await RawHTTP.get(port: relay.port, "/readyz") }
            try await eventually("the wait for the broker's answer", within: .seconds(60)) {
                try await ready().text.contains("subscriptions")
            }
            #expect(try await ready().status == 503)
            released.signal()
            try await eventually("readiness", within: .seconds(60)) { try await ready().status == 200 }
        }
    }

    @Test("a subscription that the broker refuses is told of, and a request is not sent for an answer that cannot come")
    func refusedSubscription() async throws {
        let broker = try FakeBroker { connection in
            connection.acceptClient()
            while let packet = connection.readPacket(), packet.count > 3 {
                // One SUBSCRIBE with both filters: that of the rule, and that of answers.
                if packet[0] >> 4 == 8 { connection.write([0x90, 5, packet[1], packet[2], 0, 0x87, 0x87]) }
            }
        }
        defer { broker.stop() }
        let configuration = """
            mqtt: { url: "mqtt://127.0.0.1:\(broker.port)", status: false }
            namespaces: { /a: { kind: topics, rules: [ { topics: "a" } ], publish: [ "a" ] } }
            """
        try await withRelay(.text(configuration)) { relay in
            try await eventually("readiness", within: .seconds(60)) {
                let answer = try await RawHTTP.get(port: relay.port, "/readyz")
                return answer.status == 200 && answer.text.contains("but the broker refuses to bring a\n")
            }
            #expect(try await relay.metric("relay_broker_refused_subscriptions") == 2)
            let wire = try await SocketWire(.socketIO(relay))
            try await wire.connect("/a")
            #expect(try await wire.call("request", "a", 1, in: "/a")[0]["code"] == "BROKER_FAILED")
        }
    }

    @Test("/metrics is Prometheus text: every sample has a type, every counter ends in _total, and they count")
    func prometheus() async throws {
        try await withTopics { setting in
            let before = try await metrics(of: setting)
            let viewer = try await setting.viewer(following: "devices/+/log")
            for number in 0..<10 { try await setting.device.publish("devices/one/log", "\(number)") }
            _ = try await viewer.values(10)
            let after = try await metrics(of: setting)
            #expect(after["relay_connections"] == 1)
            #expect(after["relay_connections_opened_total", default: 0] == 1)
            let sent = "relay_messages_sent_total"
            #expect(after[sent, default: 0] >= before[sent, default: 0] + 10)
        }
    }
}

/// Not a line of Prometheus' text format, version 0.0.4, or one out of place.
private struct BadMetric: Error { let line: Substring }

/// The relay's samples by name and labels, each line checked.
private func metrics(of setting: TopicsSetting) async throws -> [String: Double] {
    let answer = try await RawHTTP.get(port: setting.relay.port, "/metrics")
    #expect(answer.status == 200)
    #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
    #expect(answer.text.hasSuffix("\n"))
    var types: [String: String] = [:]
    var samples: [String: Double] = [:]
    for line in answer.text.split(separator: "\n") {
        if line.hasPrefix("# HELP ") { continue }
        if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)/) {
            guard types.updateValue(String(type.2), forKey: String(type.1)) == nil else { throw BadMetric(line: line) }
            continue
        }
        let pattern = /(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="[^"\\]*",?)+\})?) (\S+)/
        guard let sample = line.wholeMatch(of: pattern), let value = Double(sample.3),
            let type = types[String(sample.2)], (type == "counter") == sample.2.hasSuffix("_total"),
            samples.updateValue(value, forKey: String(sample.1)) == nil
        else { throw BadMetric(line: line) }
    }
    return samples
}
