import MQTT
import NIOCore
import TestSupport
import Testing

/// Publishing over plain HTTP.
@Suite("topics over HTTP: publishing", .timeLimit(.minutes(3)))
struct TopicsHTTPPublishingTests {
    @Test("a body reaches the device as it is; the answer comes after the PUBACK")
    func bytes() async throws {
        try await withTopics { setting in
            try await setting.untilHeard()
            for target in ["", "?qos=1", "?qos=0", "?qos=1&retain=false"] {
                for body: [UInt8] in [Array(#"{"rate": 5}"#.utf8), [0, 255, 1], []] {
                    let answer = try await setting.post("devices/one/commands" + target, body)
                    #expect(answer.status == 200, "\(target)")
                    #expect(answer.json == ["ok": true])
                    let arrived = try #require(try await setting.command())
                    #expect(arrived.topic == "devices/one/commands")
                    #expect(Array(arrived.payload.readableBytesView) == body)
                }
            }
        }
    }

    @Test("retain=true keeps the value at the broker")
    func retained() async throws {
        try await withTopics { setting in
            #expect(try await setting.post("devices/one/commands?retain=true", Array("5".utf8)).status == 200)
            let late = try TopicsDevice(setting.broker)
            let arrived = try await late.arrivals.next(within: .seconds(60))
            await late.stop()
            #expect(arrived.map { String(buffer: $0.payload) } == "5")
            #expect(arrived?.retained == true)
        }
    }

    @Test("what is not granted is forbidden; what is no publication is refused")
    func refusals() async throws {
        try await withTopics { setting in
            let cases = [
                ("devices/one/telemetry", 403, "FORBIDDEN"), ("devices/one/commands/more", 403, "FORBIDDEN"),
                ("devices/%2B/commands", 400, "BAD_INPUT"), ("devices/one/commands?qos=2", 400, "BAD_INPUT"),
                ("devices/one/commands?qos=one", 400, "BAD_INPUT"),
                ("devices/one/commands?retain=1", 400, "BAD_INPUT"), ("site//one/commands", 403, "FORBIDDEN"),
            ]
            for (topic, status, code) in cases {
                let answer = try await setting.post(topic, [1])
                #expect(answer.status == status, "\(topic)")
                #expect(answer.json["code"].string == code, "\(topic)")
            }
            #expect(try await setting.post("site/north/one/commands", [1]).status == 200)
            let other = try await RawHTTP.request(
                port: setting.relay.port, "PUT", "/api/topics/devices/one/commands", body: [1])
            #expect(other.status == 405)
            #expect(other["allow"] == "GET, HEAD, POST")
        }
    }

    @Test("a page of a foreign origin may not publish; those of the relay's own and of allowed ones may")
    func origins() async throws {
        try await withTopics { setting in
            try await setting.untilHeard()
            let foreign = try await setting.post("devices/one/commands", [1], ["Origin": "http://evil.example"])
            #expect(foreign.status == 403)
            #expect(foreign.json["code"] == "FORBIDDEN")
            for origin in ["http://127.0.0.1:\(setting.relay.port)", "http://localhost:3000"] {
                let answer = try await setting.post("devices/one/commands", [2], ["Origin": origin])
                #expect(answer.status == 200, "\(origin)")
                #expect(try await setting.command().map { Array($0.payload.readableBytesView) } == [2])
            }
        }
    }

    @Test("a body beyond limits.payload is refused with 413")
    func tooLarge() async throws {
        try await withTopics { setting in
            let answer = try await setting.post("devices/one/commands", Array(repeating: 32, count: 1_000_001))
            #expect(answer.status == 413)
        }
    }

    @Test("without a broker a publication is refused at once; values stay readable")
    func brokerDown() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            _ = try await setting.value(of: "devices/one/telemetry")
            setting.broker.kill()
            try await setting.untilReady(false)
            let answer = try await setting.post("devices/one/commands", [1])
            #expect(answer.status == 503)
            #expect(answer.json["code"] == "BROKER_DOWN")
            #expect(try await setting.value(of: "devices/one/telemetry").text == "1")
        }
    }
}

extension TopicsSetting {
    fileprivate func post(
        _ topic: String, _ body: [UInt8], _ headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        try await RawHTTP.request(
            port: self.relay.port, "POST", "/api/topics/\(topic)", headers: headers, body: body, within: .seconds(60))
    }

    /// What the device hears next, but for what `untilHeard` said.
    fileprivate func command() async throws -> MQTTMessage? {
        while let message = try await self.device.arrivals.next(within: .seconds(60)) {
            if String(buffer: message.payload) != "hello?" { return message }
        }
        return nil
    }

    /// Waits until the device's own subscription holds.
    fileprivate func untilHeard() async throws {
        try await eventually("the device's subscription", within: .seconds(60)) {
            _ = try await self.post("devices/one/commands", Array("hello?".utf8))
            return !self.device.arrivals.takeAll().isEmpty
        }
    }
}
