import Foundation
import MQTT
import NIOCore
import TestSupport
import Testing

/// The built program against a real broker.
@Suite(.timeLimit(.minutes(3))) struct ProgramTests {
    private struct Outcome: Decodable {
        struct Devices: Decodable {
            let connected: Int
            let published: Int
            let reconnects: Int
            let missed: Int
        }

        let passed: Bool
        let devices: Devices
    }

    private func outcome(_ program: ChildProcess) throws -> Outcome {
        return try JSONDecoder().decode(Outcome.self, from: Data(program.standardOutput.utf8))
    }

    /// That the program has printed a line, and that there is nothing more to come.
    private func ends(_ program: ChildProcess, with code: Int32, within limit: Duration = .seconds(60)) async throws {
        #expect(try await program.exitCode(within: limit) == code, "\(program.standardError)")
        try await eventually("the end of its output") { program.lines.isFinished }
    }

    @Test func everyMessageArrivesNumberedAndTimedAsMeant() async throws {
        try await withListener { broker, listener in
            let arguments = ["--devices", "5", "--rate", "20", "--duration", "2s", "--report", "-"]
            try await withDeviceSim(broker, arguments) { program in
                try await self.ends(program, with: 0)
                let outcome = try self.outcome(program)
                #expect(outcome.passed)
                #expect(outcome.devices.connected == 5)
                try await eventually("all messages") {
                    listener.messages.filter { $0.topic.hasSuffix("/telemetry") }.count >= outcome.devices.published
                }
                for number in 1...5 {
                    let telemetry = try listener.telemetry(of: "sim-000\(number)")
                    #expect(!telemetry.isEmpty)
                    #expect(telemetry.map(\.seq) == Array(1..<telemetry.count + 1))
                    #expect(zip(telemetry, telemetry.dropFirst()).allSatisfy { $1.ts - $0.ts == 50 })
                    #expect(listener.texts(on: "devices/sim-000\(number)/status") == ["online", "offline"])
                }
                let all = listener.messages.filter { $0.topic.hasSuffix("/telemetry") }
                #expect(all.count == outcome.devices.published)
            }
        }
    }

    @Test func framesCarryTimeAndNumberInBigEndian() async throws {
        try await withListener { broker, listener in
            let arguments = [
                "--devices", "1", "--rate", "20", "--duration", "1s", "--profile", "frame", "--size", "256",
            ]
            try await withDeviceSim(broker, arguments) { program in
                try await self.ends(program, with: 0)
                try await eventually("its last word") { listener.texts(on: "devices/sim-0001/status").count == 2 }
                var frames = listener.messages.filter { $0.topic == "devices/sim-0001/frame" }.map(\.payload)
                #expect(!frames.isEmpty)
                #expect(frames.allSatisfy { $0.readableBytes == 256 })
                let now = UInt64(Date().timeIntervalSince1970 * 1_000_000)
                for index in frames.indices {
                    let timestamp = frames[index].readInteger(as: UInt64.self) ?? 0
                    #expect(timestamp <= now && timestamp > now - 600_000_000)
                    let sequence = frames[index].readInteger(as: UInt64.self)
                    #expect(sequence == UInt64(index + 1))
                }
                #expect(try listener.telemetry(of: "sim-0001").isEmpty)
            }
        }
    }

    @Test func theSameSeedGivesTheSameValuesAndTimesButForTheClock() async throws {
        try await withListener { broker, listener in
            for name in ["a-", "b-"] {
                let arguments = ["--devices", "2", "--rate", "20", "--duration", "1s", "--seed", "5", "--id", name]
                try await withDeviceSim(broker, arguments) { try await self.ends($0, with: 0) }
                try await eventually("its last word") { listener.texts(on: "devices/\(name)0002/status").count == 2 }
            }
            for number in ["0001", "0002"] {
                let runs = ["a-", "b-"].map { listener.texts(on: "devices/\($0)\(number)/telemetry") }
                let count = runs.map(\.count).min() ?? 0
                #expect(count > 0)
                let values = runs.map { run in run.prefix(count).map { $0.drop { $0 != "," } } }
                #expect(values[0] == values[1])
            }
        }
    }

    @Test func aDeviceThatIsCutOffLeavesItsWill() async throws {
        try await withListener { broker, listener in
            try await withDeviceSim(broker, ["--devices", "1"]) { program in
                try await eventually("online") { listener.texts(on: "devices/sim-0001/status") == ["online"] }
                try await program.kill()
                try await eventually("the will") { listener.texts(on: "devices/sim-0001/status").last == "offline" }
            }
            let late = try await Listener(to: broker)
            try await eventually("the retained status") {
                late.messages.contains { $0.topic == "devices/sim-0001/status" && $0.retained }
            }
            #expect(late.texts(on: "devices/sim-0001/status") == ["offline"])
            await late.stop()
        }
    }

    @Test(arguments: ["clean", "will"]) func onSIGTERMDevicesGoOfflineAndTheReportComes(leave: String) async throws {
        try await withListener { broker, listener in
            let arguments = ["--devices", "2", "--rate", "20", "--leave", leave, "--report", "-"]
            try await withDeviceSim(broker, arguments) { program in
                try await eventually("telemetry") { try listener.telemetry(of: "sim-0002").count > 3 }
                #expect(try await program.stop() == 0)
                try await self.ends(program, with: 0)
                #expect(try self.outcome(program).passed)
                for device in ["sim-0001", "sim-0002"] {
                    try await eventually("offline") {
                        listener.texts(on: "devices/\(device)/status") == ["online", "offline"]
                    }
                }
            }
        }
    }

    @Test func commandsAreObeyedAndUnknownOnesAnswered() async throws {
        try await withListener { broker, listener in
            try await withDeviceSim(broker, ["--devices", "2", "--rate", "5"]) { program in
                let telemetry = { try listener.telemetry(of: "sim-0001") }
                try await listener.command(#"{"rate":50,"led":"on"}"#, to: "sim-0001") {
                    try telemetry().last.map { $0.rate == 50 && $0.led == "on" } ?? false
                }
                for nonsense in [#"{"fly":true}"#, "not json", "\u{0}", #"{"rate":"fast"}"#] {
                    let before = try telemetry().filter { $0.error != nil }.count
                    try await listener.command(nonsense, to: "sim-0001") {
                        try telemetry().filter { $0.error != nil }.count > before
                    }
                }
                #expect(try telemetry().contains { $0.error == "unknown command: fly" })
                let messages = try telemetry()
                #expect(messages.map(\.seq) == Array(1..<messages.count + 1))
                let fast = messages.filter { $0.rate == 50 }
                #expect(fast.count > 2)
                // The command may have come more than once, and each begins the new rate anew.
                #expect(zip(fast, fast.dropFirst()).filter { $1.ts - $0.ts == 20 }.count >= fast.count / 2)
                #expect(try listener.telemetry(of: "sim-0002").allSatisfy { $0.rate == 5 && $0.error == nil })
                #expect(try await program.stop() == 0)
            }
        }
    }

    @Test func aRebootIsALossThatEverybodySeesAndTheNumbersGoOn() async throws {
        try await withListener { broker, listener in
            try await withDeviceSim(broker, ["--devices", "1", "--rate", "50", "--report", "-"]) { program in
                let status = { listener.texts(on: "devices/sim-0001/status") }
                try await listener.command(#"{"reboot":true}"#, to: "sim-0001") { status().contains("offline") }
                try await eventually("online again") { status().last == "online" }
                let count = try listener.telemetry(of: "sim-0001").count
                try await eventually("telemetry again") { try listener.telemetry(of: "sim-0001").count > count + 5 }
                #expect(try await program.stop() == 0)
                try await self.ends(program, with: 0)
                let numbers = try listener.telemetry(of: "sim-0001").map(\.seq)
                #expect(numbers == Array(1..<numbers.count + 1))
                #expect(try self.outcome(program).devices.reconnects >= 1)
                #expect(try self.outcome(program).devices.missed > 0)
            }
        }
    }

    @Test func aFleetComesBackAfterItsBroker() async throws {
        try await withListener { broker, listener in
            try await withDeviceSim(broker, ["--devices", "3", "--rate", "10", "--report", "-"]) { program in
                try await eventually("telemetry") { try listener.telemetry(of: "sim-0003").count > 2 }
                try await broker.restart()
                for device in ["sim-0001", "sim-0002", "sim-0003"] {
                    let count = try listener.telemetry(of: device).count
                    try await eventually("\(device) again", within: .seconds(40)) {
                        try listener.telemetry(of: device).count > count + 3
                    }
                }
                #expect(try await program.stop() == 0)
                try await self.ends(program, with: 0)
                #expect(try self.outcome(program).devices.reconnects == 3)
            }
        }
    }

    @Test func withoutABrokerTheRunFails() async throws {
        let program = try ChildProcess(
            PackageLayout.program("device-sim"), ["--mqtt", "mqtt://127.0.0.1:1", "--duration", "1s", "--devices", "2"])
        try await self.ends(program, with: 1)
        #expect(program.standardOutput.contains("2 of 2 devices never connected"))
    }

    @Test func aThresholdThatIsNotKeptFailsTheRun() async throws {
        try await withBroker { broker in
            try await withDeviceSim(broker, ["--devices", "1", "--duration", "1s", "--min-rate", "1000"]) { program in
                try await self.ends(program, with: 1)
                #expect(program.standardOutput.contains("allowed at least 1000"))
            }
        }
    }

    @Test(arguments: [["--mqtt", "nowhere"], ["--config", "/nowhere.yaml"], ["--devices", "many"], ["--frobnicate"]])
    func whatMakesNoSenseIsRefused(arguments: [String]) async throws {
        let program = try ChildProcess(PackageLayout.program("device-sim"), arguments)
        #expect(try await program.exitCode() != 0)
        try await eventually("what is wrong") { program.standardError.contains("Error:") }
    }
}
