import Foundation

/// The built `relay` program, serving on a loopback port of its own.
package final class RelayProcess: Sendable {
    /// What the relay is given as its configuration.
    package enum Configuration: Sendable {
        /// A file of this package, by its path from the root.
        case file(String)
        /// The YAML itself.
        case text(String)
    }

    /// The relay did not begin to listen, ended by itself, or complained on its way.
    package struct Failure: Error, CustomStringConvertible {
        package let what: String
        package let standardError: String
        package var description: String { "relay \(self.what); its log:\n\(self.standardError)" }
    }

    package let child: ChildProcess
    package let port: Int
    private let scratch: ScratchFolder

    package var url: String { "http://127.0.0.1:\(self.port)" }

    /// Starts `relay serve` and waits until it listens. Port 0 takes a free one.
    package init(
        _ configuration: Configuration, port: Int = 0, arguments: [String] = [], environment: [String: String] = [:]
    ) async throws {
        self.scratch = try ScratchFolder()
        let file =
            switch configuration {
            case .file(let path): PackageLayout.file(path)
            case .text(let yaml): try self.scratch.write(yaml, to: "relay.yaml")
            }
        self.child = try ChildProcess(
            PackageLayout.program("relay"), ["serve", "--config", file.path, "--port", "\(port)"] + arguments,
            environment: environment)
        do {
            self.port = try await Self.port(announcedBy: self.child)
        } catch {
            try? await self.child.kill()
            self.scratch.remove()
            throw Failure(what: "did not begin to listen (\(error))", standardError: self.child.standardError)
        }
    }

    /// The value of one line of `/metrics`, named with its labels if it has any; nil when there is no such line.
    package func metric(_ name: String) async throws -> Int? {
        let text = try await RawHTTP.get(port: self.port, "/metrics").text
        return text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    /// SIGTERM, then the exit code.
    @discardableResult
    package func stop() async throws -> Int32 {
        defer { self.scratch.remove() }
        return try await self.child.stop()
    }

    /// SIGKILL.
    package func kill() async throws {
        defer { self.scratch.remove() }
        try await self.child.kill()
    }

    private static func port(announcedBy child: ChildProcess) async throws -> Int {
        let prefix = "relay: listening on http"
        while let line = try await child.lines.next(within: .seconds(30), "the line that says where relay listens") {
            guard line.hasPrefix(prefix), let number = line.split(separator: ":").last, let port = Int(number)
            else { continue }
            return port
        }
        throw Failure(what: "closed its output", standardError: child.standardError)
    }

    /// Ends the relay after a test; throws when it had crashed, would not stop, or a sanitizer reported on it.
    fileprivate func conclude() async throws {
        let hadEnded = !self.child.isRunning
        do {
            let code = try await self.stop()
            if code != 0, hadEnded { throw Failure(what: "had ended with \(code)", standardError: self.errors) }
        } catch is ChildProcess.WouldNotStop {
            throw Failure(what: "would not stop", standardError: self.errors)
        }
        for word in ["ThreadSanitizer", "AddressSanitizer", "Fatal error"] where self.errors.contains(word) {
            throw Failure(what: "reported: \(word)", standardError: self.errors)
        }
    }

    private var errors: String { self.child.standardError }
}

/// Runs a test against a relay of its own, which is stopped whatever happens.
package func withRelay<Result>(
    _ configuration: RelayProcess.Configuration, port: Int = 0, arguments: [String] = [],
    environment: [String: String] = [:], _ body: (RelayProcess) async throws -> Result
) async throws -> Result {
    let relay = try await RelayProcess(
        configuration, port: port, arguments: arguments, environment: environment)
    let result: Result
    do {
        result = try await body(relay)
    } catch {
        try? await relay.conclude()
        throw error
    }
    try await relay.conclude()
    return result
}
