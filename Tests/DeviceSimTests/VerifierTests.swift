import Histogram
import Simulator
import Testing

@testable import DeviceSim

@Suite struct VerifierTests {
    /// One viewer of one device's telemetry is sent `messages`, each a number and what the relay says it skipped.
    private func tally(_ messages: [(UInt32, UInt32)], published: UInt64) -> Tally {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0)
        let viewer = verifier.join(following: .all(of: 1))
        for (sequence, skipped) in messages {
            verifier.received(self.stamp(sequence, skipped: skipped), by: viewer, now: 2000)
        }
        verifier.finish { _, _ in published }
        return verifier.tally
    }

    private func stamp(
        _ sequence: UInt32, of device: Int = 0, _ kind: MessageKind = .telemetry, at timestamp: Int64 = 1000,
        skipped: UInt32 = 0
    ) -> Stamp {
        return Stamp(device: device, kind: kind, sequence: sequence, timestamp: timestamp, skipped: skipped)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sequence: [UInt32]
        let published: UInt64
        /// Lost, duplicated, out of order.
        let expected: [UInt64]
    }

    @Test(arguments: [
        Case(testDescription: "all there", sequence: [1, 2, 3, 4], published: 4, expected: [0, 0, 0]),
        Case(testDescription: "a late join", sequence: [7, 8, 9], published: 9, expected: [0, 0, 0]),
        Case(testDescription: "one lost", sequence: [1, 2, 4], published: 4, expected: [1, 0, 0]),
        Case(testDescription: "several lost", sequence: [1, 5, 9], published: 9, expected: [6, 0, 0]),
        Case(testDescription: "the tail lost", sequence: [1, 2], published: 5, expected: [3, 0, 0]),
        Case(testDescription: "one twice", sequence: [1, 2, 2, 3], published: 3, expected: [0, 1, 0]),
        Case(testDescription: "the baseline twice", sequence: [5, 5], published: 5, expected: [0, 1, 0]),
        Case(testDescription: "two swapped", sequence: [1, 3, 2, 4], published: 4, expected: [0, 0, 1]),
        Case(testDescription: "late and twice", sequence: [1, 4, 2, 2, 3], published: 4, expected: [0, 1, 2]),
        Case(testDescription: "a middle one late", sequence: [1, 6, 3], published: 6, expected: [3, 0, 1]),
        Case(testDescription: "a whole round again", sequence: [1, 2, 3, 1, 2, 3], published: 3, expected: [0, 3, 0]),
        Case(testDescription: "reversed", sequence: [1, 5, 4, 3, 2], published: 5, expected: [0, 0, 3]),
        Case(testDescription: "nothing at all", sequence: [], published: 3, expected: [3, 0, 0]),
    ])
    func tells(_ item: Case) {
        let tally = self.tally(item.sequence.map { ($0, 0) }, published: item.published)
        #expect([tally.lost, tally.duplicated, tally.outOfOrder] == item.expected)
        #expect(tally.received == UInt64(item.sequence.count))
        #expect(tally.skipped == 0)
    }

    /// Its devices' clocks may have been ahead of this run's beginning.
    @Test func whatTheRelayHadBeforeTheRunIsNoneOfIt() {
        let plan = StagePlan(DeviceSimConfiguration())
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0, plan: plan)
        let viewers = (0..<2).map { _ in verifier.join(following: .all(of: 1)) }
        func stamp(_ sequence: UInt32, at: Int64) -> Stamp {
            return Stamp(device: 0, kind: .telemetry, sequence: sequence, timestamp: 1000, skipped: 0, at: at)
        }
        verifier.received(stamp(400, at: 90), by: viewers[0], now: 2000)
        plan.begin(at: .zero, timestamp: 0)
        // Whoever comes late is told the same.
        verifier.received(stamp(400, at: 90), by: viewers[1], now: 2000)
        for viewer in viewers {
            for number in 1...3 as ClosedRange<UInt32> {
                verifier.received(stamp(number, at: 90 + Int64(number)), by: viewer, now: 2000)
            }
        }
        verifier.finish { _, _ in 3 }
        let tally = verifier.tally
        #expect(tally.stale == 2 && tally.received == 6)
        #expect([tally.lost, tally.duplicated, tally.outOfOrder, tally.behind] == [0, 0, 0, 0])
    }

    @Test func whatTheRelayDeclaresSkippedIsNotLost() {
        let tally = self.tally([(1, 0), (5, 3), (9, 1), (10, 0)], published: 10)
        #expect(tally.skipped == 4)
        #expect(tally.lost == 2)
    }

    @Test func declaringMoreThanIsMissingExcusesNothingElse() {
        let tally = self.tally([(1, 0), (3, 100), (5, 0)], published: 5)
        #expect(tally.skipped == 1)
        #expect(tally.lost == 1)
    }

    @Test func aSkippedValueThatComesAfterAllIsOutOfOrderAndNoLongerSkipped() {
        let tally = self.tally([(1, 0), (3, 1), (2, 0)], published: 3)
        #expect([tally.skipped, tally.lost, tally.outOfOrder] == [0, 0, 1])
    }

    @Test func aNumberFromBeforeTheBaselineCannotBeNew() {
        #expect(self.tally([(5, 0), (3, 0)], published: 5).duplicated == 1)
    }

    @Test func nothingSeenOfATopicIsUnseen() {
        let tally = self.tally([], published: 3)
        #expect(tally.unseen == 1)
        #expect(self.tally([], published: 0).unseen == 0)
    }

    @Test func viewersAndTopicsAreToldApart() {
        var verifier = Verifier(kinds: [.telemetry, .frame], runBegan: 0)
        let viewers = [verifier.join(following: .all(of: 2)), verifier.join(following: .all(of: 2))]
        for viewer in viewers {
            for device in 0..<2 {
                for kind in MessageKind.allCases {
                    verifier.received(self.stamp(1, of: device, kind), by: viewer, now: 2000)
                }
            }
        }
        #expect(verifier.isComplete { _, _ in 1 })
        verifier.received(self.stamp(2, of: 1, .frame), by: viewers[0], now: 2000)
        let published = { (device: Int, kind: MessageKind) in device == 1 && kind == .frame ? 2 : 1 as UInt64 }
        #expect(!verifier.isComplete(published: published))
        verifier.finish(published: published)
        #expect(verifier.tally.lost == 1)
        #expect(verifier.tally.duplicated == 0)
    }

    @Test func aViewerOwesOnlyWhatItFollows() {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0)
        let viewer = verifier.join(following: Following(first: 3, count: 2, devices: 4))
        verifier.received(self.stamp(1, of: 3), by: viewer, now: 2000)
        verifier.received(self.stamp(1, of: 0), by: viewer, now: 2000)
        verifier.received(self.stamp(1, of: 1), by: viewer, now: 2000)
        verifier.received(self.stamp(1, of: 9), by: viewer, now: 2000)
        #expect(verifier.tally.unexpected == 2)
        #expect(verifier.isComplete { _, _ in 1 })
    }

    @Test func whatPassedWhileAViewerWasAwayIsNotLost() {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0)
        let viewer = verifier.join(following: .all(of: 2))
        for device in 0..<2 { verifier.received(self.stamp(1, of: device), by: viewer, now: 2000) }
        verifier.rejoin(viewer)
        #expect(verifier.tally.latency.totalCount == 2)
        verifier.received(self.stamp(1, of: 0), by: viewer, now: 9_000_000)
        verifier.received(self.stamp(2, of: 0), by: viewer, now: 2000)
        verifier.received(self.stamp(40, of: 1), by: viewer, now: 9_000_000)
        verifier.received(self.stamp(41, of: 1), by: viewer, now: 2000)
        verifier.finish { device, _ in device == 0 ? 2 : 41 }
        #expect([verifier.tally.lost, verifier.tally.duplicated, verifier.tally.outOfOrder] == [0, 0, 0])
        #expect(verifier.tally.latency.totalCount == 4)
        #expect(verifier.tally.latency.maxRecorded < 9_000_000)
    }

    @Test func aViewerThatIsBackIsOwedTheLastValue() {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0)
        let viewer = verifier.join(following: .all(of: 1))
        verifier.received(self.stamp(1), by: viewer, now: 2000)
        verifier.rejoin(viewer)
        verifier.finish { _, _ in 50 }
        #expect(verifier.tally.lost == 1)
    }

    @Test func aFormerRunsMessagesAreSetAside() {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 5000)
        let viewer = verifier.join(following: .all(of: 1))
        verifier.received(self.stamp(900, at: 4999), by: viewer, now: 6000)
        verifier.received(self.stamp(1, at: 5000), by: viewer, now: 6000)
        verifier.finish { _, _ in 1 }
        #expect([verifier.tally.stale, verifier.tally.lost, verifier.tally.duplicated] == [1, 0, 0])
    }

    @Test func theHighestNumbersDoNoHarm() {
        let most = UInt32.max
        let tally = self.tally([(most - 2, 0), (most, 0), (most - 1, most), (1, 0)], published: UInt64(most))
        #expect([tally.lost, tally.outOfOrder, tally.duplicated] == [0, 1, 1])
    }

    @Test func ageAndPercentilesAreMilliseconds() {
        var tally = Tally()
        for value in 1...1000 { tally.record(latency: Int64(value) * 1000, in: 0) }
        tally.record(latency: -5, in: 0)
        let percentiles = Percentiles(tally.latency)
        #expect(abs(percentiles.p50 - 500) < 1.5)
        #expect(abs(percentiles.p99 - 990) < 1.5)
        #expect(abs(percentiles.max - 1000) < 1.5)
    }
}

@Suite struct StampReaderTests {
    private func read(_ event: String, attachment: [UInt8]? = nil, codec: Codec = .json) -> Stamp? {
        var devices = DeviceSimConfiguration.Devices()
        (devices.count, devices.codec) = (20, codec)
        let reader = StampReader(Roster([DeviceSimConfiguration.Group(name: "devices", devices: devices)]))
        return Array(event.utf8).withUnsafeBytes { event in
            guard let attachment else { return reader.read(event: event, attachment: nil) }
            return attachment.withUnsafeBytes { reader.read(event: event, attachment: $0) }
        }
    }

    @Test func readsWhatADeviceWrites() {
        var device = Device(number: 0, seed: 1, fields: Field.standard, rate: 1, payloadSize: 0)
        var writer = PayloadWriter()
        device.writeTelemetry(at: 0, timestamp: 1_700_000_000_123, into: &writer)
        let payload = String(decoding: writer.bytes, as: UTF8.self)
        let stamp = self.read("[\"telemetry\",\"devices/sim-0012/telemetry\",\(payload),{\"at\":5,\"skipped\":17}]")
        #expect(
            stamp
                == Stamp(
                    device: 11, kind: .telemetry, sequence: 1, timestamp: 1_700_000_000_123_000, skipped: 17, at: 5))
    }

    @Test func readsAFrameFromItsAttachment() {
        var device = Device(number: 0, seed: 1, fields: [], rate: 1, payloadSize: 0)
        var writer = PayloadWriter()
        device.writeFrame(at: 0, timestamp: 1_700_000_000_123, into: &writer)
        let event = #"["frame","devices/sim-0001/frame",{"_placeholder":true,"num":0},{"at":5}]"#
        #expect(
            self.read(event, attachment: writer.bytes)
                == Stamp(device: 0, kind: .frame, sequence: 1, timestamp: 1_700_000_000_123_000, skipped: 0, at: 5))
    }

    @Test func spacesAndTheOrderOfOtherMembersDoNotMatter() {
        let stamp = self.read(#"["message", "devices/sim-0001/telemetry", {"a": 1, "ts": 2, "b": {}, "seq": 3}, {}]"#)
        #expect(stamp == Stamp(device: 0, kind: .telemetry, sequence: 3, timestamp: 2000, skipped: 0))
    }

    @Test(arguments: [
        "", "[", "[\"telemetry\"]", #"["telemetry","devices/sim-/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","devices/sim-0000/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","devices/sim-0021/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","devices/sim-99999999999999999999999/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","devices/sim-18446744073709551615/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","other/sim-0001/telemetry",{"ts":1,"seq":1}]"#,
        #"["telemetry","devices/sim-0001/telemetry",{"ts":"1","seq":1}]"#,
        #"["telemetry","devices/sim-0001/telemetry",{"ts":1,"seq":0}]"#,
        #"["telemetry","devices/sim-0001/telemetry",{"ts":1,"seq":-1}]"#,
        #"["telemetry","devices/sim-0001/telemetry",{"ts":1,"seq":4294967296}]"#,
        #"["telemetry","devices/sim-0001/telemetry",{"ts":18446744073709551615,"seq":1}]"#,
        #"["presence","devices/sim-0001/status","online",{"at":1}]"#,
    ])
    func refusesWhatIsNoMessageOfTheFleet(event: String) {
        #expect(self.read(event) == nil)
    }

    @Test func aShortFrameIsRefused() {
        #expect(
            self.read(#"["frame","devices/sim-0001/frame",{}]"#, attachment: [UInt8](repeating: 1, count: 15)) == nil)
    }

    @Test(arguments: [Codec.cbor, .packed, .random]) func readsEveryBinaryCodec(codec: Codec) {
        var device = Device(number: 0, seed: 1, fields: Field.standard, rate: 1, codec: codec, payloadSize: 0)
        var writer = PayloadWriter()
        for number in 1...300 as ClosedRange<UInt32> {
            device.writeTelemetry(at: 0, timestamp: 1_700_000_000_123, into: &writer)
            let event =
                #"["telemetry","devices/sim-0001/telemetry",{"_placeholder":true,"num":0},{"at":5,"skipped":2}]"#
            let stamp = Stamp(
                device: 0, kind: .telemetry, sequence: number, timestamp: 1_700_000_000_123_000, skipped: 2, at: 5)
            #expect(self.read(event, attachment: writer.bytes, codec: codec) == stamp)
        }
    }

    @Test func aDamagedJSONPayloadStillSaysWhichItIs() {
        let payload = Array(#"{"ts":1000,"seq":7,"temp"#.utf8) + [0xFF, 0xFE]
        let event = #"["telemetry","devices/sim-0001/telemetry",{"_placeholder":true,"num":0},{"skipped":1}]"#
        let stamp = Stamp(device: 0, kind: .telemetry, sequence: 7, timestamp: 1_000_000, skipped: 1)
        #expect(self.read(event, attachment: payload) == stamp)
    }

    @Test(arguments: [
        [], [0xA3], [0xA3, 0x62, 0x74, 0x73], [0xA3, 0x62, 0x74, 0x73, 0x1B, 1, 2], [0xA3, 0x62, 0x74, 0x73, 0x1C],
    ])
    func aShortMapIsRefused(payload: [UInt8]) {
        #expect(self.read(#"["t","devices/sim-0001/telemetry",{}]"#, attachment: payload, codec: .cbor) == nil)
    }
}
