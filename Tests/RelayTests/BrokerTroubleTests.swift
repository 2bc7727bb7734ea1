import Foundation
import Synchronization
import TestSupport
import Testing

/// What stands between the relay and its broker: said in the log and by `/readyz`, tried again without haste, and forgotten
/// once it is mended.
@Suite("broker trouble", .timeLimit(.minutes(5)))
struct BrokerTroubleTests {
    /// Runs a relay that cannot get to its broker, mends that, and waits until it is ready.
    private func recovers(
        _ mqtt: String, saying reason: String, environment: [String: String] = [:], mended mend: () async throws -> Void
    ) async throws {
        try await self.fails(mqtt, saying: reason, environment: environment) { relay in
            try await mend()
            try await eventually("readiness", within: .seconds(120)) {
                try await RawHTTP.get(port: relay.port, "/readyz").status == 200
            }
        }
    }

    private func fails(
        _ mqtt: String, saying reason: String, environment: [String: String] = [:],
        then body: (RelayProcess) async throws -> Void = { _ in }
    ) async throws {
        let configuration = """
            server: { threads: 1 }
            mqtt: { \(mqtt) }
            namespaces: { /a: { kind: topics, rules: [ { topics: a } ], publish: [ a ] } }
            """
        try await withRelay(.text(configuration), environment: environment) { relay in
            func lines() -> [Substring] {
                relay.child.standardError.split(separator: "\n").filter { $0.contains("no link to the broker") }
            }
            try await eventually("a first failure", within: .seconds(60)) { !lines().isEmpty }
            let before = try relay.processorTime()
            try await eventually("three failures", within: .seconds(120)) { lines().count >= 3 }
            #expect(lines().allSatisfy { $0.contains(reason) }, "\(lines())")
            let ready = try await RawHTTP.get(port: relay.port, "/readyz")
            #expect(ready.status == 503 && ready.text.contains(reason), "\(ready.text)")
            #expect(try await RawHTTP.get(port: relay.port, "/healthz").status == 200)
            let answer = try await RawHTTP(port: relay.port).request("POST", "/api/topics/a", body: [0x31])
            #expect(answer.json["code"] == "BROKER_DOWN")
            #expect(try relay.processorTime() - before < .seconds(1), "it spins")
            try await body(relay)
        }
    }

    @Test("a certificate that nobody vouches for", .enabled(if: Certificate.canBeMade))
    func certificate() async throws {
        let (trusted, broker) = (try TemporaryDirectory(), try TemporaryDirectory())
        let known = try Certificate(in: trusted.path)
        let used = try Certificate(in: broker.path)
        try await withBroker(.init(lines: used.brokerLines)) { running in
            let mqtt = "url: \"mqtts://127.0.0.1:\(running.port)\", tls: { ca: \"\(known.certificate)\" }"
            try await self.recovers(mqtt, saying: "certificate verify failed") {
                for (new, old) in [(known.certificate, used.certificate), (known.key, used.key)] {
                    try FileManager.default.removeItem(atPath: old)
                    try FileManager.default.copyItem(atPath: new, toPath: old)
                }
                try await running.restart()
            }
        }
    }

    @Test("a wrong password; the one in the environment goes before that in a file")
    func password() async throws {
        let directory = try TemporaryDirectory()
        let (passwords, own) = (directory.path + "/passwords", directory.path + "/own")
        try "wrong\n".write(toFile: own, atomically: true, encoding: .utf8)
        func expectPassword(_ word: String) throws {
            _ = try Broker.run("/usr/bin/mosquitto_passwd", ["-b", "-c", passwords, "relay", word])
        }
        try expectPassword("right")
        try await withBroker(.init(lines: ["password_file \(passwords)", "allow_anonymous false"])) { broker in
            let mqtt = "url: \"\(broker.url)\", username: relay, passwordFile: \"\(own)\""
            let right = ["RELAY_MQTT_PASSWORD": "right"]
            try await withRelay(.text("mqtt: { \(mqtt) }"), environment: right) { relay in
                try await eventually("readiness", within: .seconds(60)) {
                    try await RawHTTP.get(port: relay.port, "/readyz").status == 200
                }
            }
            try await self.recovers(mqtt, saying: "not authorized") {
                try expectPassword("wrong")
                try await broker.restart()
            }
        }
    }

    @Test("nobody listens at the broker's address")
    func nobody() async throws {
        try await withBroker { broker in
            broker.kill()
            try await self.recovers("url: \"\(broker.url)\"", saying: "Connection refused") {
                try await broker.restart()
            }
        }
    }

    @Test("a broker that refuses, by the reasons that may pass", arguments: [0x88, 0x97] as [UInt8])
    func refusing(code: UInt8) async throws {
        let isMended = Atomic(false)
        let broker = try FakeBroker { connection in
            connection.acceptClient(code: isMended.load(ordering: .relaxed) ? 0 : code)
            while let packet = connection.readPacket(), packet.count > 3 {
                if packet[0] >> 4 == 8 { connection.write([0x90, 5, packet[1], packet[2], 0, 0, 0]) }
            }
        }
        defer { broker.stop() }
        let mqtt = "url: \"mqtt://127.0.0.1:\(broker.port)\", status: false"
        try await self.recovers(mqtt, saying: "refused by the broker") {
            isMended.store(true, ordering: .relaxed)
        }
    }

    @Test("a host that has no address")
    func unknownHost() async throws {
        try await self.fails("url: \"mqtt://no-such-host.invalid\"", saying: "no-such-host.invalid: ")
    }
}

extension RelayProcess {
    /// The processor time that it has used.
    fileprivate func processorTime() throws -> Duration {
        let text = try String(contentsOfFile: "/proc/\(self.child.processIdentifier)/stat", encoding: .utf8)
        // Behind the name, which may hold anything (proc(5)): the 14th and 15th fields of all.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +)
        return .milliseconds(ticks * 1_000 / Int(sysconf(Int32(_SC_CLK_TCK))))
    }
}
