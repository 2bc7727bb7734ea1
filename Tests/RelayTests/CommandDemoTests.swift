import Foundation
import Testing
import TestSupport

/// A running `relay demo` and what it started.
private final class Demo: Sendable {
    let child: ChildProcess
    let url: String
    /// The broker's address: it stands in the command line of everything that talks to it.
    let broker: String

    /// - Parameter port: nil: where the demo likes.
    init(devices: Int, rooms: Int, port: Int?) async throws {
        // A directory of no consequence: the demo must not care where it is started.
        child = try ChildProcess(
            PackageLayout.program("relay"),
            ["demo", "--no-browser", "--devices", "\(devices)", "--rooms", "\(rooms)"]
                + (port.map { ["--port", "\($0)"] } ?? []),
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
    private func withDemo(
        devices: Int, rooms: Int = 0, port: Int? = 0, _ body: (Demo) async throws -> Void
    ) async throws {
        let demo = try await Demo(devices: devices, rooms: rooms, port: port)
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

    @Test("two that are told no port both find one; one whose port is taken says so")
    func ports() async throws {
        try await withDemo(devices: 0, port: nil) { first in
            try await withDemo(devices: 0, port: nil) { second in
                #expect(first.url != second.url)
                let third = try ChildProcess(
                    PackageLayout.program("relay"), ["demo", "--no-browser", "--port", "\(second.port)"])
                #expect(try await third.exitCode(within: .seconds(60)) == 1)
                let words = "cannot listen on 127.0.0.1:\(second.port): Address already in use; choose another port"
                try await eventually("the reason") { third.standardError.contains(words) }
            }
        }
    }

    /// Runs the demo with something else for a broker, which a shell runs.
    private func withBroker(
        thatDoes script: String, _ body: (ChildProcess, _ directory: String) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let program = directory.path + "/mosquitto"
        try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let path = directory.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let demo = try ChildProcess(
            PackageLayout.program("relay"), ["demo", "--no-browser", "--port", "0"],
            environment: ["PATH": path, "TMPDIR": directory.path])
        do {
            try await body(demo, directory.path)
        } catch {
            try? await demo.kill()
            throw error
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["mosquitto"])
    }

    @Test("a broker that will not start: what it says is said")
    func brokenBroker() async throws {
        try await withBroker(thatDoes: "echo 'Error: nothing here is right.' >&2; exit 3") { demo, _ in
            #expect(try await demo.exitCode(within: .seconds(60)) == 1)
            try await eventually("the reason") { demo.standardError.contains("Error: nothing here is right.") }
        }
    }

    @Test("control-C while the broker starts ends it at once, and nothing is left", arguments: [SIGINT, SIGTERM])
    func stoppedAtTheStart(signal: Int32) async throws {
        try await withBroker(thatDoes: "cat \"$2\" > \"$TMPDIR/read\"; exec sleep 1000") { demo, directory in
            let read = directory + "/read"
            try await eventually("the broker", within: .seconds(60)) {
                (try? String(contentsOfFile: read, encoding: .utf8))?.contains("persistence false") == true
            }
            demo.signal(signal)
            #expect(try await demo.exitCode(within: .seconds(5)) == 0)
            try FileManager.default.removeItem(atPath: read)
        }
    }
}
