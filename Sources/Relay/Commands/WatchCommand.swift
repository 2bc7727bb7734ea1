import ArgumentParser
import Foundation
import MQTT
import NIOCore
import SocketIO
import SocketIOClient
import UnixSignals

/// `relay watch`: what a relay shows, in the terminal.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print what a relay shows: topic and payload, as mosquitto_sub -v does.",
        discussion: """
            Examples:
              relay watch http://127.0.0.1:3000/devices devices/+/telemetry
              relay watch --namespace /site/north --json 'site/north/+/telemetry' | jq .payload
            What is neither JSON nor text is shown as a hexdump; with --json as {"base64": "…"}. A lost connection is made \
            again. A namespace's token comes from the environment, RELAY_TOKEN. Control-C ends it.
            """)

    @Argument(help: ArgumentHelp("The relay's address, if it is here, and the filters.", valueName: "url|filter"))
    var words: [String] = []

    @Option(help: "The relay's address; its path may name the namespace. (default: http://127.0.0.1:3000)")
    var url: String?

    @Option(help: "The namespace. (default: the address's path, or /devices)")
    var namespace: String?

    @Option(help: "Where Socket.IO answers there. (default: /socket.io/)")
    var path: String?

    @Option(help: ArgumentHelp("A filter, as those without a flag.", valueName: "filter"))
    var subscribe: [String] = []

    @Option(help: ArgumentHelp("Most values a second of one topic.", valueName: "hz"))
    var maxHz: Double?

    @Option(help: ArgumentHelp("End after so many lines' worth of events.", valueName: "n"))
    var count: Int?

    @Flag(help: "One JSON object a line.")
    var json = false

    /// The first word is an address when it looks like one.
    private var hasAddress: Bool { words.first?.contains("://") == true }

    private var filters: [String] { (hasAddress ? Array(words.dropFirst()) : words) + subscribe }

    func validate() throws {
        if hasAddress && url != nil { throw ValidationError("the address is given twice") }
        for filter in filters where (try? TopicFilter(filter)) == nil {
            throw ValidationError("expected a filter, found \"\(filter.prefix(100))\"")
        }
        guard maxHz.map({ $0 > 0 && $0.isFinite }) ?? true else { throw ValidationError("--max-hz is above 0") }
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is above 0") }
    }

    func run() async throws {
        let client = SocketClient(try clientConfiguration())
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let interruption = Task {
            for await _ in signals { await client.disconnect() }
        }
        defer { interruption.cancel() }
        let connecting = Task { _ = try? await client.connect() }
        defer { connecting.cancel() }
        let outcome = await Self.outcome { try await follow(client) }
        let dropped = await client.droppedEvents
        if dropped > 0 { standardError("watch: \(dropped) events came faster than they could be printed") }
        try outcome.get()
    }

    private static func outcome(of work: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }

    private func clientConfiguration() throws -> ClientConfiguration {
        let address = (hasAddress ? words.first : url) ?? "http://127.0.0.1:3000"
        var configuration: ClientConfiguration
        do throws(ClientError) {
            configuration = try ClientConfiguration(url: address)
        } catch {
            throw ValidationError("expected an address such as http://127.0.0.1:3000, found \"\(address.prefix(200))\"")
        }
        if let namespace {
            configuration.namespace = namespace
        } else if configuration.namespace == "/" {
            configuration.namespace = "/devices"
        }
        if let path { configuration.path = path }
        if let token = ProcessInfo.processInfo.environment["RELAY_TOKEN"], !token.isEmpty {
            configuration.auth = ["token": JSON(token)]
        }
        configuration.reconnect = Backoff()
        return configuration
    }

    /// Prints what comes until the connection is over.
    private func follow(_ client: SocketClient) async throws {
        let output = WatchOutput(isJSON: json)
        var left = count ?? .max
        for await event in client.events {
            switch event {
            case .joined: try await ask(client)
            case .event(let event) where event.name == "upstream":
                let isUp = event.arguments[1]?["connected"]?.bool == true
                standardError("watch: the relay \(isUp ? "has its" : "has no") link to the broker")
            case .event(let event):
                // Whoever read this has gone: nobody is left to print for.
                guard Self.write(output.text(of: event.arguments)) else { return await client.disconnect() }
                left -= 1
                if left == 0 { return await client.disconnect() }
            case .left(let namespace, let ending):
                standardError("watch: not in \(namespace): \(ending)")
                await client.disconnect()
                throw ExitCode.failure
            case .disconnected(let ending, let delay?):
                let seconds = String(format: "%.1f", Double(delay.nanoseconds) / 1e9)
                standardError("watch: no connection (\(ending)); trying again in \(seconds) s")
            case .disconnected(let ending, nil):
                if ending.reason == .clientDisconnect { return }
                standardError("watch: no connection (\(ending))")
                throw ExitCode.failure
            }
        }
    }

    /// Subscribes, after each connecting anew.
    private func ask(_ client: SocketClient) async throws {
        guard !filters.isEmpty else {
            return standardError("watch: connected; without a filter there is only what comes unasked")
        }
        let options: JSON = maxHz.map { ["maxHz": JSON(unchecked: ByteBuffer(string: "\($0)"))] } ?? [:]
        let answer: JSON?
        do throws(ClientError) {
            answer = try await client.emitWithAck("subscribe", .array(filters.map { JSON($0) }), options)[0]
        } catch {
            // The connection went down meanwhile, and is made again.
            return standardError("watch: no answer to the filters (\(error))")
        }
        guard answer?["ok"]?.bool != true else { return }
        let message = answer?["message"]?.string ?? "the relay gave no reason"
        standardError("watch: \(answer?["code"]?.string ?? "refused"): \(message)")
        await client.disconnect()
        throw ExitCode.failure
    }

    /// False when standard output is closed.
    private static func write(_ text: String) -> Bool {
        (try? FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))) != nil
    }
}
