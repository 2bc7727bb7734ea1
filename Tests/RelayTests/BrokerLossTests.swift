import Foundation
import TestSupport
import Testing

/// The broker dies under load and comes back.
@Suite("broker loss", .timeLimit(.minutes(8)))
struct BrokerLossTests {
    @Test("the broker killed and restarted under 1,500 viewers: all of them see live values again by themselves")
    func manyViewers() async throws {
        raiseDescriptorLimit()
        try await withTopics { setting in
            let viewers = try await Self.viewers(1_500, in: setting)
            try await setting.device.publish("devices/one/telemetry", "1")
            try await Self.expect(1, at: viewers)

            setting.broker.kill()
            try await setting.untilReady(false)
            try await setting.broker.restart()
            try await setting.untilReady(true)
            try await setting.device.untilUp()
            // The relay's link is up before its subscriptions hold.
            let probe = try await setting.viewer(following: "devices/+/log")
            try await eventually("a message through the new link", within: .seconds(60)) {
                try await setting.device.publish("devices/one/log", "0")
                return try await probe.call("last", "devices/one/log")["ok"] == true
            }
            try await setting.device.publish("devices/one/telemetry", "2")
            try await Self.expect(2, at: viewers)
            let metrics = try await RawHTTP.get(port: setting.relay.port, "/metrics").text
            #expect(metrics.contains("\nrelay_connections 1501\n"), "viewers were disconnected")
            for viewer in viewers { await viewer.leave() }
        }
    }

    @Test("a value published while the broker was away is not made up, and the last one stays known")
    func lastValueSurvives() async throws {
        try await withTopics { setting in
            let viewer = try await setting.viewer(following: "devices/+/telemetry")
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await viewer.value().payload == 1)
            setting.broker.kill()
            try await setting.untilReady(false)
            let late = try await setting.viewer()
            #expect(try await late.call("subscribe", "devices/+/telemetry")["snapshot"] == 1)
            #expect(try await late.value().payload == 1)
            try await setting.broker.restart()
            try await setting.untilReady(true)
            #expect(try await late.call("last", "devices/one/telemetry")["payload"] == 1)
        }
    }

    /// Connects viewers that follow `devices/+/telemetry`, fifty at a time.
    private static func viewers(_ count: Int, in setting: TopicsSetting) async throws -> [TopicsViewer] {
        try await withThrowingTaskGroup(of: TopicsViewer.self) { group in
            var viewers: [TopicsViewer] = []
            for number in 0..<count {
                if number >= 50, let viewer = try await group.next() { viewers.append(viewer) }
                group.addTask { try await setting.viewer(following: "devices/+/telemetry") }
            }
            for try await viewer in group { viewers.append(viewer) }
            return viewers
        }
    }

    /// Expects every viewer's next value to be this one.
    private static func expect(_ number: Int, at viewers: [TopicsViewer]) async throws {
        for viewer in viewers {
            let value = try await viewer.value(within: .seconds(60))
            #expect(value.payload.int == number)
        }
    }
}

/// Lets this process, and the relay it starts, have as many open sockets as the system allows it.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(resource, &limit)
}
