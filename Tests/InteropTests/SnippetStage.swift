import Foundation
import Testing
import TestSupport

/// A broker, a relay with a document's configuration, simulated devices and a folder, for a document's snippets to run in.
struct SnippetStage {
    let document: Document
    let relay: RelayProcess
    let broker: Broker
    let scratch: ScratchFolder

    /// Runs the body with all of it, and stops it afterwards.
    static func run(_ document: Document, _ body: (SnippetStage) async throws -> Void) async throws {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        _ = try scratch.write(document.configuration, to: "relay.yaml")
        let recordings = scratch.url.appendingPathComponent("recordings")
        try FileManager.default.createDirectory(at: recordings, withIntermediateDirectories: true)
        // Pages of the tests are another site's.
        let shown = document.configuration.replacing("recordings: recordings", with: "recordings: \(recordings.path)")
        let configuration =
            shown.hasPrefix("server:")
            ? shown.replacing("https://example.org", with: "*") : "server: { cors: { origins: [\"*\"] } }\n" + shown
        try await withBroker { broker in
            try await withRelay(.text(configuration), arguments: ["--mqtt", broker.url]) { relay in
                let devices = try ChildProcess(
                    PackageLayout.program("device-sim"),
                    ["--mqtt", broker.url, "--devices", "3", "--rate", "5", "--profile", "mixed"])
                do {
                    try await body(SnippetStage(document: document, relay: relay, broker: broker, scratch: scratch))
                } catch {
                    try? await devices.kill()
                    throw error
                }
                try await devices.stop()
            }
        }
    }

    /// Until each device has been heard on all of its topics that the configuration shows.
    func awaitDevices() async throws {
        let subjects = ["telemetry", "status", "frame"].filter { subject in
            ["", "\""].contains { self.document.configuration.contains("topics: \($0)devices/{device}/\(subject)") }
        }
        try await eventually("the devices' topics", within: .seconds(60)) {
            let metrics = try await RawHTTP.get(port: self.relay.port, "/metrics").text
            let line = metrics.split(separator: "\n").first { $0.hasPrefix("relay_topics ") }
            return (line?.dropFirst(13)).flatMap { Int($0) } ?? 0 >= 3 * subjects.count
        }
    }

    /// A snippet's text with the addresses of this stage.
    func text(of snippet: Document.Snippet) -> String {
        snippet.text.replacing("localhost:3000", with: "127.0.0.1:\(self.relay.port)")
            .replacing("127.0.0.1:3000", with: "127.0.0.1:\(self.relay.port)")
            .replacing("127.0.0.1:1883", with: "127.0.0.1:\(self.broker.port)")
    }

    /// Runs a snippet that is a program to its end.
    ///
    /// A simulator that says its run is void for want of processor time is run again, some times.
    /// - Returns: what it has printed; nil: it cannot be judged here, and why was printed.
    func output(of snippet: Document.Snippet) async throws -> String? {
        for _ in 0..<5 {
            guard let child = try self.start(snippet) else {
                print("\(snippet) was not tried: there is no \(snippet.language) here")
                return nil
            }
            do {
                let code = try await child.exitCode(within: .seconds(120))
                while try await child.lines.next() != nil {}
                if code != 0, child.standardOutput.contains("this program was saturated") { continue }
                try #require(code == 0, "\(snippet): \(child.standardOutput)\(child.standardError)")
                return child.standardOutput
            } catch {
                try? await child.kill()
                throw error
            }
        }
        print("\(snippet) cannot be judged: this machine is too busy")
        return nil
    }

    /// - Returns: nil: there is nothing here to run it with.
    private func start(_ snippet: Document.Snippet) throws -> ChildProcess? {
        switch snippet.language {
        case "python": try self.start(PythonScript.interpreter, [self.file(snippet, ending: "py")])
        case "swift":
            try Self.program("swift").map { try self.start($0, [self.file(snippet, ending: "swift")]) }
        case "yaml": try self.start(PackageLayout.program("relay"), ["check", self.file(snippet, ending: "yaml")])
        default: try self.start(URL(fileURLWithPath: "/bin/sh"), ["-e", self.file(snippet, ending: "sh")])
        }
    }

    /// Runs a snippet in a page until it has printed what it should.
    func run(_ snippet: Document.Snippet, in page: BrowserPage, at url: String) async throws {
        try await page.open("\(url)/snippets.html?relay=\(self.relay.url)")
        try await page.wait(until: "typeof io === 'function'")
        let text = JSONValue.string(self.text(of: snippet)).text
        _ = try await page.evaluate(snippet.language == "html" ? "show(\(text))" : "run(\(text))")
        for expected in snippet.expected {
            let wanted = JSONValue.string(expected).text
            do {
                try await page.wait(until: "printed().includes(\(wanted))", within: .seconds(60))
            } catch {
                let printed = try await page.evaluate("printed()").string ?? ""
                Issue.record("\(snippet) has not printed \(expected), but: \(printed) \(page.consoleErrors)")
            }
        }
    }

    private func start(_ program: URL, _ arguments: [String]) throws -> ChildProcess {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let environment = [
            "PATH": "\(PackageLayout.products.path):\(path)", "RELAY_URL": self.relay.url,
            "RELAY_MQTT_URL": self.broker.url,
        ]
        return try ChildProcess(program, arguments, environment: environment, directory: self.scratch.url)
    }

    private func file(_ snippet: Document.Snippet, ending: String) throws -> String {
        try self.scratch.write(self.text(of: snippet), to: "snippet-\(snippet.line).\(ending)").path
    }

    private static func program(_ name: String) -> URL? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { URL(fileURLWithPath: "\($0)/\(name)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
