internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import LoadGenerator

/// Who is measured.
enum ServerKind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case relay
    /// The same relay, told to merge.
    case merging
    case baseline, node, python, floor
}

/// Where the programs are that are measured.
struct ServerPrograms: Sendable {
    /// The built `relay`.
    var relay: String
    /// An earlier `relay` to compare with.
    var baseline: String?
    /// A Python with the packages of `peers/requirements.txt`.
    var python: String
    /// Where Node finds `socket.io` and `mqtt`, when not beside `peers/`.
    var nodeModules: String?
    /// The folder `peers`.
    var peers: String

    /// Why it cannot be measured here; nil when it can.
    func obstacle(to kind: ServerKind) -> String? {
        switch kind {
        case .floor: nil
        case .relay, .merging: obstacle(toRunning: relay)
        case .baseline: baseline.map(obstacle(toRunning:)) ?? "--baseline names none"
        case .python:
            succeeds(python, ["-c", "import socketio, aiomqtt, uvicorn, uvloop, websockets"])
                ? nil : "\(python) does not import the packages of peers/requirements.txt"
        case .node:
            succeeds("/usr/bin/env", ["node", "-e", "require('socket.io'); require('mqtt')"])
                ? nil : "node does not resolve socket.io and mqtt (set NODE_PATH)"
        }
    }

    private func obstacle(toRunning program: String) -> String? {
        FileManager.default.isExecutableFile(atPath: program) ? nil : "\(program) is not built"
    }

    private func succeeds(_ program: String, _ arguments: [String]) -> Bool {
        guard FileManager.default.isExecutableFile(atPath: program) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(nodeEnvironment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    var nodeEnvironment: [String: String] { nodeModules.map { ["NODE_PATH": $0] } ?? [:] }
}

/// A server that runs, with its broker where it has one.
final class Server {
    let port: Int
    let broker: Broker?
    private let child: ChildProcess

    var identifier: pid_t { child.identifier }

    init(_ kind: ServerKind, floor: FloorPlan?, programs: ServerPrograms, directory: URL) throws {
        let output = directory.appendingPathComponent("\(kind.rawValue).log")
        switch kind {
        case .floor:
            broker = nil
            let arguments = ["floor"] + (floor?.arguments ?? [])
            child = try ChildProcess("/proc/self/exe".resolved, arguments, output: output)
        case .relay, .merging, .baseline:
            let broker = try Broker(directory: directory)
            self.broker = broker
            let configuration = directory.appendingPathComponent("relay.yaml")
            try RelayConfiguration.text(brokerPort: broker.port, merges: kind == .merging)
                .write(to: configuration, atomically: true, encoding: .utf8)
            let program = kind == .baseline ? programs.baseline ?? programs.relay : programs.relay
            child = try ChildProcess(program, ["serve", "--config", configuration.path], output: output)
        case .python:
            let broker = try Broker(directory: directory)
            self.broker = broker
            let script = "\(programs.peers)/python_server.py"
            let ports = try ["\(TCP.freePort())", "\(broker.port)"]
            child = try ChildProcess(programs.python, [script] + ports, output: output)
        case .node:
            let broker = try Broker(directory: directory)
            self.broker = broker
            let script = "\(programs.peers)/node_server.js"
            let ports = try ["\(TCP.freePort())", "\(broker.port)"]
            child = try ChildProcess(
                "/usr/bin/env", ["node", script] + ports, environment: programs.nodeEnvironment, output: output)
        }
        port = try child.listeningPort(within: .seconds(20))
    }

    func stop() {
        child.stop()
        broker?.stop()
    }
}

extension String {
    fileprivate var resolved: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: self)) ?? self }
}

/// Relay's configuration for a measurement: one event loop, queues that may grow, and nothing merged away unless it is to be.
enum RelayConfiguration {
    /// - Parameter merges: Whether viewers get one value a second of each topic, the latest.
    static func text(brokerPort: Int, merges: Bool) -> String {
        """
        server:
          host: 127.0.0.1
          port: 0
          threads: 1
          limits: { connections: 20000, queue: 64MB }
        mqtt:
          url: mqtt://127.0.0.1:\(brokerPort)
        namespaces:
          /devices:
            kind: topics
            rules:
              - topics: devices/{device}/telemetry
                event: telemetry
                \(merges ? "maxHz: 1" : "delivery: event")
              - topics: devices/{device}/frame
                event: frame
                payload: binary
                delivery: event
          /echo: { kind: echo }

        """
    }
}
