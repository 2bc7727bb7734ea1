import Foundation
import Seeding
import Testing

@testable import DeviceSim

@Suite struct DeviceTests {
    private func device(_ number: Int = 3, seed: UInt64 = 7, size: Int = 0) -> Device {
        return Device(number: number, seed: seed, fields: Field.standard, rate: 1, payloadSize: size)
    }

    /// The first `count` telemetry messages, one second apart.
    private func telemetry(_ device: Device, _ count: Int) -> [[UInt8]] {
        var device = device
        var writer = PayloadWriter()
        return (0..<count).map { second in
            device.writeTelemetry(
                at: Double(second), timestamp: 1_700_000_000_000 + Int64(second) * 1000, into: &writer)
            return writer.bytes
        }
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        return try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func splitMixGivesThePublishedSequence() {
        var random = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in random.next() } == expected)
    }

    @Test func theSameSeedGivesTheSameBytes() {
        #expect(self.telemetry(self.device(), 50) == self.telemetry(self.device(), 50))
    }

    @Test func anotherSeedOrDeviceGivesOtherBytes() {
        let original = self.telemetry(self.device(), 3)
        #expect(self.telemetry(self.device(seed: 8), 3) != original)
        #expect(self.telemetry(self.device(4), 3) != original)
    }

    @Test func telemetryBeginsWithTimestampAndSequenceAndIsValidJSON() throws {
        for (index, bytes) in self.telemetry(self.device(), 20).enumerated() {
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasPrefix("{\"ts\":\(1_700_000_000_000 + index * 1000),\"seq\":\(index + 1),"))
            let object = try self.object(bytes)
            #expect(
                Set(object.keys)
                    == ["ts", "seq", "temperature", "humidity", "power", "energy", "mode", "rate", "led"])
        }
    }

    @Test func valuesMoveInSmallSteps() throws {
        let messages = try self.telemetry(self.device(), 2000).map(self.object)
        let largestStep = ["temperature": 0.15, "humidity": 0.4, "power": 40 * 2 * Double.pi / 30, "energy": 3]
        for (name, step) in largestStep {
            let values = try messages.map { try #require($0[name] as? Double) }
            for (earlier, later) in zip(values, values.dropFirst()) {
                // Both are rounded to hundredths.
                #expect(abs(later - earlier) <= step + 0.0101, "\(name)")
            }
            #expect(try #require(values.max()) - #require(values.min()) > step, "\(name) moves")
        }
    }

    @Test func aWalkStaysWithinItsRange() {
        var source = ValueSource(.walk(range: 0...1, step: 5), random: SplitMix64(seed: 1))
        for _ in 0..<1000 {
            guard case .decimal(let value) = source.next(at: 0) else { return #expect(Bool(false)) }
            #expect((0...1).contains(value))
        }
    }

    @Test func aStateDwellsThenPassesToTheNext() {
        let names = ["a", "b", "c"]
        var source = ValueSource(.state(values: names, dwell: 10), random: SplitMix64(seed: 5))
        let readings = (0..<300).map { source.next(at: Double($0)) }
        let changes = zip(readings, readings.dropFirst()).enumerated().filter { $0.element.0 != $0.element.1 }
        #expect(changes.count >= 15)
        for (earlier, later) in zip(changes, changes.dropFirst()) { #expect(later.offset - earlier.offset >= 5) }
        for change in changes {
            guard case .text(let from) = change.element.0, case .text(let to) = change.element.1,
                let index = names.firstIndex(of: from)
            else { return #expect(Bool(false)) }
            #expect(to == names[(index + 1) % 3])
        }
    }

    @Test func aFrameCarriesMicrosecondsThenItsOwnSequence() {
        var device = self.device()
        var writer = PayloadWriter()
        device.writeTelemetry(at: 0, timestamp: 1, into: &writer)
        for expected in 1...3 as ClosedRange<UInt64> {
            device.writeFrame(at: 0, timestamp: 1_700_000_000_123, into: &writer)
            #expect(writer.bytes.count == 80)
            let number = { (range: Range<Int>) in writer.bytes[range].reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
            #expect(number(0..<8) == 1_700_000_000_123_000)
            #expect(number(8..<16) == expected)
        }
    }

    @Test(arguments: [200, 201, 1024]) func payloadsHaveTheSizeAskedFor(size: Int) throws {
        var device = self.device(size: size)
        var writer = PayloadWriter()
        device.writeTelemetry(at: 0, timestamp: 1_700_000_000_000, into: &writer)
        #expect(writer.bytes.count == size)
        _ = try self.object(writer.bytes)
        device.writeFrame(at: 0, timestamp: 1_700_000_000_000, into: &writer)
        #expect(writer.bytes.count == size)
    }

    @Test func telemetryIsNeverCutToASize() throws {
        var device = self.device(size: 20)
        var writer = PayloadWriter()
        device.writeTelemetry(at: 0, timestamp: 1_700_000_000_000, into: &writer)
        #expect(try self.object(writer.bytes)["led"] as? String == "off")
    }

    @Test func aCommandShowsInTheNextTelemetry() throws {
        var device = self.device()
        device.obey(Command(Array(#"{"rate":2.5,"led":true}"#.utf8)))
        let object = try self.object(self.telemetry(device, 1)[0])
        #expect(object["rate"] as? Double == 2.5)
        #expect(object["led"] as? String == "on")
    }

    @Test func whoAsksForAnAnswerIsToldWhatHolds() throws {
        var device = self.device()
        let answer = { (text: String) in
            let command = Command(Array(text.utf8))
            device.obey(command)
            var writer = PayloadWriter()
            device.writeAnswer(to: command, into: &writer)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(answer(#"{"rate":5,"led":"on"}"#) == #"{"ok":true,"rate":5,"led":"on"}"#)
        #expect(answer(#"{"fly":1}"#) == #"{"ok":false,"error":"unknown command: fly","rate":5,"led":"on"}"#)
    }

    @Test func anUnknownCommandIsAnsweredOnce() throws {
        var device = self.device()
        device.obey(Command(Array(#"{"self-\"destruct":1}"#.utf8)))
        let messages = try self.telemetry(device, 2).map(self.object)
        #expect(messages[0]["error"] as? String == #"unknown command: self-"destruct"#)
        #expect(messages[1]["error"] == nil)
    }
}

@Suite struct CommandTests {
    @Test func readsSeveralInOneObject() {
        let command = Command(Array(#"{"rate":5,"led":"green","reboot":true}"#.utf8))
        #expect(command.rate == 5)
        #expect(command.light == "green")
        #expect(command.reboot)
        #expect(command.complaint == nil)
    }

    @Test(arguments: [
        "", "{", "null", "[]", "5", "\"rate\"", "\u{0}", "{\"rate\":-1}", "{\"rate\":1e9}", "{\"rate\":\"5\"}",
        "{\"rate\":true}", "{\"led\":5}", "{\"led\":null}", "{\"reboot\":1}", "{\"reboot\":\"true\"}", "{\"x\":{}}",
        #"{"led":"\#(String(repeating: "x", count: 33))"}"#, String(repeating: "[", count: 4000),
        "{\"a\":" + String(repeating: "[", count: 1500) + String(repeating: "]", count: 1500) + "}",
        String(repeating: " ", count: 4097) + "{}",
    ])
    func answersWhatItCannotObey(text: String) {
        let command = Command(Array(text.utf8))
        #expect(command.complaint != nil)
        #expect(command.rate == nil && command.light == nil && !command.reboot)
    }

    @Test func bytesThatAreNoTextAreAnsweredToo() {
        #expect(Command([0xFF, 0xFE, 0x00, 0x80]).complaint != nil)
    }
}
