import Foundation
import MQTT
import NIOCore
import TestSupport
import Testing

/// Several brokers behind one relay, and what the relay says of itself at each.
@Suite("several brokers", .timeLimit(.minutes(3)))
struct SeveralBrokersTests {
    private struct Setting {
        let near: Broker
        let far: Broker
        let nearDevice: TopicsDevice
        let farDevice: TopicsDevice
        let relay: RelayProcess

        func viewer(in namespace: String) async throws -> TopicsViewer {
            let wire = try await SocketWire(.socketIO(self.relay))
            try await wire.connect(namespace)
            return TopicsViewer(wire: wire, namespace: namespace)
        }

        func ready() async throws -> HTTPAnswer { try await RawHTTP.get(port: self.relay.port, "/readyz") }

        func untilReady() async throws {
            try await eventually("readiness", within: .seconds(60)) { try await self.ready().status == 200 }
        }
    }

    private func withTwo(_ body: (Setting) async throws -> Void) async throws {
        try await withBroker { near in
            try await withBroker { far in
                let devices = try (near: TopicsDevice(near), far: TopicsDevice(far))
                do {
                    try await devices.near.untilUp()
                    try await devices.far.untilUp()
                    try await withRelay(.text(Self.configuration(near, far))) { relay in
                        let setting = Setting(
                            near: near, far: far, nearDevice: devices.near, farDevice: devices.far, relay: relay)
                        try await setting.untilReady()
                        try await body(setting)
                    }
                } catch {
                    await devices.near.stop()
                    await devices.far.stop()
                    throw error
                }
                await devices.near.stop()
                await devices.far.stop()
            }
        }
    }

    private static func configuration(_ near: Broker, _ far: Broker) -> String {
        """
        server: { threads: 2 }
        mqtt:
          near: { url: "\(near.url)", id: tested, metrics: 100ms }
          far: { url: "\(far.url)", prefix: far/, version: 3.1.1 }
        namespaces:
          /devices:
            kind: topics
            rules: [ { topics: "devices/{device}/telemetry", delivery: state } ]
            publish: [ "devices/{device}/commands" ]
          /both:
            kind: topics
            rules:
              - { topics: "devices/{device}/telemetry", event: near, delivery: state }
              - { topics: "far/devices/{device}/telemetry", event: far, delivery: state, mqtt: far }
            publish: [ "devices/{device}/commands", { topics: "far/devices/{device}/commands", mqtt: far } ]
          /relays:
            kind: topics
            rules:
              - { topics: "relay/{id}/status", event: status, delivery: state }
              - { topics: "relay/{id}/metrics", event: metrics, delivery: state }
        """
    }

    @Test("the same topic at two brokers is two topics, and what is published goes to the broker that the grant names")
    func apart() async throws {
        try await self.withTwo { setting in
            let viewer = try await setting.viewer(in: "/both")
            #expect(try await viewer.call("subscribe", ["devices/#", "far/#"])["code"] == "FORBIDDEN")
            #expect(
                try await viewer.call("subscribe", ["devices/+/telemetry", "far/devices/+/telemetry"])["ok"] == true)
            try await setting.nearDevice.publish("devices/one/telemetry", "1")
            let near = try await viewer.value()
            try await setting.farDevice.publish("devices/one/telemetry", "2")
            let far = try await viewer.value()
            #expect(near.event == "near" && near.topic == "devices/one/telemetry" && near.payload == 1)
            #expect(far.event == "far" && far.topic == "far/devices/one/telemetry" && far.payload == 2)
            let http = try await RawHTTP.get(port: setting.relay.port, "/api/topics/far/devices/one/telemetry")
            #expect(http.text == "2")

            #expect(try await viewer.publish("far/devices/one/commands", "there")["ok"] == true)
            let there = try await setting.farDevice.arrivals.next(within: .seconds(30), "a command")
            #expect(there?.topic == "devices/one/commands")
            #expect(try await viewer.publish("devices/one/commands", "here")["ok"] == true)
            let here = try await setting.nearDevice.arrivals.next(within: .seconds(30), "a command")
            #expect(here.map { String(buffer: $0.payload) } == "here")
            #expect(setting.farDevice.arrivals.takeAll().isEmpty)
        }
    }

    @Test("a broker that is gone is named by /readyz and /metrics; who needs the other only hears nothing of it")
    func oneGone() async throws {
        try await self.withTwo { setting in
            let concerned = try await setting.viewer(in: "/both")
            let unconcerned = try await setting.viewer(in: "/devices")
            _ = try await unconcerned.call("subscribe", "devices/+/telemetry")
            setting.far.kill()
            let news = try await concerned.wire.packet(within: .seconds(60), "news of the link")
            #expect(news?.json[0] == "upstream" && news?.json[1]["connected"] == false)
            #expect(try await setting.ready().text.hasPrefix("no link to the broker far: "))
            let metrics = try await RawHTTP.get(port: setting.relay.port, "/metrics").text
            #expect(metrics.contains("relay_broker_up{broker=\"near\"} 1\nrelay_broker_up{broker=\"far\"} 0\n"))
            #expect(try await concerned.publish("far/devices/one/commands", "x")["code"] == "BROKER_DOWN")
            #expect(try await concerned.publish("devices/one/commands", "x")["ok"] == true)
            try await setting.nearDevice.publish("devices/one/telemetry", "1")
            let packet = try await unconcerned.wire.packet(within: .seconds(30), "a value")
            #expect(packet?.json[0] == "message")
            try await setting.far.restart()
            try await setting.untilReady()
            let back = try await concerned.wire.packet(within: .seconds(60), "news of the link")
            #expect(back?.json[1]["connected"] == true)
        }
    }

    @Test(
        "the relay says at the broker that it is online, how it is, and that it leaves; the broker says that it vanished"
    )
    func presence() async throws {
        try await self.withTwo { setting in
            let viewer = try await setting.viewer(in: "/relays")
            #expect(try await viewer.call("subscribe", "relay/+/status")["ok"] == true)
            let online = try await viewer.value()
            #expect(online.topic == "relay/tested/status" && online.remarks["retained"] == true)
            #expect(try await viewer.call("subscribe", "relay/+/metrics")["ok"] == true)
            var metrics = try await viewer.value()
            #expect(metrics.event == "metrics" && metrics.topic == "relay/tested/metrics")
            // The last known ones may be from before this viewer came.
            while metrics.payload["connections"] != 1 || metrics.payload["messagesIn"] == 0 {
                metrics = try await viewer.value()
            }

            for isKilled in [false, true] {
                let configuration = """
                    mqtt: { url: "\(setting.near.url)", id: other }
                    namespaces: { /a: { kind: topics, rules: [ { topics: a } ] } }
                    """
                let other = try await RelayProcess(.text(configuration))
                try await eventually("the other one online", within: .seconds(60)) {
                    try await self.status(of: "other", seenBy: setting) == "online"
                }
                if isKilled { try await other.kill() } else { try await other.stop() }
                try await eventually("the other one offline", within: .seconds(60)) {
                    try await self.status(of: "other", seenBy: setting) == "offline"
                }
            }
        }
    }

    private func status(of id: String, seenBy setting: Setting) async throws -> String? {
        let answer = try await RawHTTP.get(port: setting.relay.port, "/api/topics/relay/\(id)/status")
        return answer.status == 200 ? answer.text : nil
    }

    @Test("a broker behind a Unix domain socket; nothing of the relay's own where that is not wanted")
    func localSocket() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/broker.sock"
        try await withBroker(.init(lines: ["listener 0 \(path)"])) { broker in
            let configuration = """
                mqtt: { url: "unix://\(path)", status: false }
                namespaces: { /all: { kind: topics, rules: [ { topics: "{all...}" } ], publish: [ "devices/{device}/commands" ] } }
                """
            let device = try TopicsDevice(broker)
            try await device.untilUp()
            try await withRelay(.text(configuration)) { relay in
                try await eventually("readiness", within: .seconds(60)) {
                    try await RawHTTP.get(port: relay.port, "/readyz").status == 200
                }
                let answer = try await RawHTTP(port: relay.port).request(
                    "POST", "/api/topics/devices/one/commands", body: Array("go".utf8))
                #expect(answer.status == 200)
                let command = try await device.arrivals.next(within: .seconds(30), "a command")
                #expect(command.map { String(buffer: $0.payload) } == "go")
                let topics = try await RawHTTP.get(port: relay.port, "/api/topics?filter=%23").json
                #expect(topics.array?.map { $0["topic"] } == ["devices/one/commands"])
            }
            await device.stop()
        }
    }
}
