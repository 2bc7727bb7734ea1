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
        try FileManager.default.createSymbolicLink(
            at: scratch.url.appendingPathComponent("configs"), withDestinationURL: PackageLayout.file("configs"))
        for snippet in document.preparations { try await Self.prepare(snippet, in: scratch) }
        let configuration = Self.configuration(of: document, in: scratch)
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

    /// Runs what is to be typed before the relay is started.
    private static func prepare(_ snippet: Document.Snippet, in scratch: ScratchFolder) async throws {
        let file = try scratch.write(snippet.text, to: "snippet-\(snippet.line).sh")
        let child = try ChildProcess(
            URL(fileURLWithPath: "/bin/sh"), ["-e", file.path], directory: scratch.url)
        let code = try await child.exitCode(within: .seconds(60))
        try #require(code == 0, "\(snippet): \(child.standardError)")
    }

    /// As the document has it, for another folder than the file's, and for the tests' pages, which are another site's.
    private static func configuration(of document: Document, in scratch: ScratchFolder) -> String {
        let folder = scratch.url.appendingPathComponent("recordings").path
        let shown = document.configuration.replacing("recordings: recordings", with: "recordings: \(folder)")
        return shown.hasPrefix("server:")
            ? shown.replacing("https://example.org", with: "*") : "server: { cors: { origins: [\"*\"] } }\n" + shown
    }

    /// Until each device has been heard on all of its topics that the configuration shows.
    func awaitDevices() async throws {
        let configuration = self.document.configuration
        let subjects = ["telemetry", "status", "frame"].filter { subject in
            // Without a configuration the relay shows all three.
            configuration.isEmpty
                || ["", "\""].contains { configuration.contains("topics: \($0)devices/{device}/\(subject)") }
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
    /// - Returns: what it has printed; nil: it cannot be judged here, which is recorded as a known issue.
    func output(of snippet: Document.Snippet) async throws -> String? {
        for _ in 0..<5 {
            guard let child = try self.start(snippet) else {
                withKnownIssue { Issue.record("\(snippet) was not tried: there is no \(snippet.language) here") }
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
        withKnownIssue { Issue.record("\(snippet) cannot be judged: this machine is too busy") }
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

    /// Runs a snippet in a page until it has printed what it should, and has come to its end without an error.
    func run(_ snippet: Document.Snippet, in page: BrowserPage, at url: String) async throws {
        try await page.open("\(url)/snippets.html?relay=\(self.relay.url)")
        try await page.wait(until: "typeof io === 'function'")
        let errorsBefore = page.consoleErrors.count
        let text = JSONValue.string(self.text(of: snippet)).text
        _ = try await page.evaluate(snippet.language == "html" ? "show(\(text))" : "run(\(text))")
        var missing = snippet.expected
        do {
            try await eventually("the end of \(snippet), and what it should print", within: .seconds(60)) {
                guard let printed = try? await page.evaluate("printed()").string else { return false }
                missing.removeAll { $0.isIn(printed) }
                guard missing.isEmpty else { return false }
                return try await page.evaluate("isOver()") == true
            }
        } catch is TimedOut {
            let printed = try await page.evaluate("printed()").string ?? ""
            Issue.record("\(snippet) has not ended, or not printed \(missing), but: \(printed)")
        }
        // Exceptions, and what it says to console.error. A request that failed is the client's business, which tries again.
        let errors = page.consoleErrors.dropFirst(errorsBefore).filter { !$0.hasPrefix("Failed to load resource") }
        #expect(errors.isEmpty, "\(snippet)")
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
