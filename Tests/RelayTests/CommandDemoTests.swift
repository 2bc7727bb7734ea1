import Foundation
import Testing
import TestSupport

/// A running `relay demo` and what it started.
private final class Demo: Sendable {
    let child: ChildProcess
    let url: String
    /// The broker's address: it stands in the command line of everything that talks to it.
    let broker: String

    init(devices: Int, rooms: Int) async throws {
        // A directory of no consequence: the demo must not care where it is started.
        child = try ChildProcess(
            PackageLayout.program("relay"), ["demo", "--port", "0", "--devices", "\(devices)", "--rooms", "\(rooms)"],
            directory: URL(fileURLWithPath: "/"))
        do {
            let line = try await child.lines.next(within: .seconds(30), "the URL of the demo") ?? ""
            url = try #require(line.split(separator: " ").last.map(String.init))
            try await eventually("the address of the broker") { [child] in Self.broker(in: child.standardError) != nil }
            broker = try #require(Self.broker(in: child.standardError))
        } catch {
            try? await child.kill()
            throw error
        }
    }

    private static func broker(in text: String) -> String? {
        text.split(whereSeparator: { " ;\n".contains($0) }).first { $0.hasPrefix("mqtt://") }.map(String.init)
    }

    var port: Int { url.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
    private var brokerPort: Int { broker.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    /// Whether nothing answers at the broker's port and no process names the broker or the relay any more.
    func hasLeftNothing() async -> Bool {
        let listens = (try? await TCPConnection(port: brokerPort)) != nil
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let users = processes.filter { Int32($0) != nil }.filter { process in
            let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
            return words.split(separator: "\0").contains { $0 == broker || $0 == url }
        }
        return !listens && users.isEmpty
    }

    /// The topic of the first value that a viewer sees; nil when it is no device's telemetry.
    func seesTelemetry() async throws -> String? {
        let wire = try await SocketWire(EngineEndpoint(port: port, path: "/socket.io/"))
        try await wire.connect("/devices")
        let answer = try await wire.call("subscribe", "devices/+/telemetry", in: "/devices")
        guard answer[0]["ok"].bool == true else { return nil }
        let event = try await wire.event("telemetry", in: "/devices")
        return event.json[2]["seq"].int == nil ? nil : event.json[1].string
    }
}

@Suite("relay demo", .timeLimit(.minutes(3)))
struct CommandDemoTests {
    /// A test that fails must not leave a demo running.
    private func withDemo(devices: Int, rooms: Int = 0, _ body: (Demo) async throws -> Void) async throws {
        let demo = try await Demo(devices: devices, rooms: rooms)
        do {
            try await body(demo)
        } catch {
            try? await demo.child.kill()
            throw error
        }
        if demo.child.isRunning { #expect(try await demo.child.stop() == 0) }
        try await eventually("nothing left") { await demo.hasLeftNothing() }
    }

    @Test("devices arrive by way of a broker of its own, players play; SIGTERM ends everything")
    func runs() async throws {
        try await withDemo(devices: 3, rooms: 1) { demo in
            #expect(try await demo.seesTelemetry()?.hasPrefix("devices/") == true)
            let page = try await RawHTTP(port: demo.port).request("GET", "/")
            #expect(page.status == 200 && page.text.contains("/devices/devices.js"))
            try await eventually("an arena and two boards with players", within: .seconds(60)) {
                try await RawHTTP.get(port: demo.port, "/metrics").text.contains("relay_rooms 3\n")
            }
        }
    }

    @Test("it goes on without devices and players, too")
    func empty() async throws {
        try await withDemo(devices: 0) { demo in
            try await eventually("readiness", within: .seconds(60)) {
                try await RawHTTP.get(port: demo.port, "/readyz").status == 200
            }
            #expect(demo.child.isRunning)
        }
    }

    @Test("two demos do not know of each other, and a killed one leaves nothing behind either")
    func twoAtOnce() async throws {
        try await withDemo(devices: 1) { first in
            try await withDemo(devices: 1) { second in
                #expect(first.url != second.url && first.broker != second.broker)
                try await first.child.kill()
                try await eventually("nothing left of the first") { await first.hasLeftNothing() }
                #expect(try await second.seesTelemetry() != nil)
            }
        }
    }
}
