import Testing

@testable import LoadGenerator

@Suite struct WireTests {
    @Test func aFrameIsTakenOnlyWhole() {
        let frames: [UInt8] = [0x81, 3, 0x61, 0x62, 0x63, 0x82, 126, 0, 200] + [UInt8](repeating: 7, count: 200)
        for length in 0...frames.count {
            let (found, rest) = walk(Array(frames.prefix(length)))
            #expect(found == (length < 5 ? [] : length < frames.count ? [3] : [3, 200]))
            #expect(rest == length - (length < 5 ? 0 : length < frames.count ? 5 : frames.count))
        }
    }

    @Test func aMaskedOrUnknownFrameIsBroken() {
        for start: [UInt8] in [[0x81, 0x80], [0x83, 0], [0xc1, 0]] {
            (start + [0, 0, 0, 0]).withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress else { return }
                var frames = ServerFrames(base, count: bytes.count)
                #expect(frames.nextFrame() == nil)
                #expect(frames.isBroken)
            }
        }
    }

    @Test(arguments: [ClientFrame.usualMask, ClientFrame.noMask]) func aStampedFrameUnmasksToItsText(mask: [UInt8]) {
        let text = #"42/echo,["room","room-100","move",{"us":1000000000000000,"x":1}]"#
        var frame = StampedFrame(Payload(text: text), mask: mask)
        frame.stamp(1_234_567_890_123)
        let payload = frame.bytes.dropFirst(6).enumerated().map { $1 ^ mask[$0 & 3] }
        let expected = text.replacing("1000000000000000", with: "1000001234567890")
        #expect(String(decoding: payload, as: UTF8.self) == expected)
        #expect(Int(frame.bytes[1] & 0x7f) == text.utf8.count)
    }

    @Test func timeSurvivesBothForms() {
        let time: Nanoseconds = 98_765_432_109_000
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            Timestamp.writeText(time, to: base)
            #expect(Timestamp.readText(base) == time)
            Timestamp.writeBinary(time, to: base)
            #expect(Timestamp.readBinary(base) == time)
            #expect(Timestamp.readText(base) == nil)
        }
    }

    @Test func telemetryHasTheSizeAskedFor() {
        #expect(Payload.telemetry(size: 200).bytes.count == 200)
        #expect(Payload.binary(size: 1024).bytes.count == 1024)
    }

    /// The lengths of the whole frames, and how many bytes are left over.
    private func walk(_ bytes: [UInt8]) -> (lengths: [Int], rest: Int) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return ([], 0) }
            var frames = ServerFrames(base, count: buffer.count)
            var lengths: [Int] = []
            while let frame = frames.nextFrame() { lengths.append(frame.count) }
            return (lengths, frames.rest.count)
        }
    }
}

@Suite struct FigureTests {
    @Test func percentilesAreExactToTwoPercent() throws {
        var histogram = LatencyHistogram()
        for micros in 1...100_000 { histogram.record(Int64(micros) * 1000) }
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let expected = share * 100
            let measured = try #require(histogram.milliseconds(atShare: share))
            #expect(abs(measured - expected) <= expected * 0.02)
        }
        #expect(histogram.count == 100_000)
        #expect(LatencyHistogram().milliseconds(atShare: 0.5) == nil)
    }

    @Test func onlyMessagesDueInTheWindowCount() {
        var tally = Tally()
        tally.window = 1_000_000..<2_000_000
        for due: Nanoseconds in [999_000, 1_000_000, 1_999_000, 2_000_000] {
            tally.sent(due: due + 999, now: due + 5_000)
            tally.arrived(due: due, now: due + 9_000)
        }
        #expect(tally.sentInWindow == 2)
        #expect(tally.latency.count == 2)
        #expect(tally.deliveries == 4)
    }

    @Test func aScheduleForgetsNothingWhenItIsLate() {
        var schedule = Schedule(start: 0, perSecond: 1000)
        var due: [Nanoseconds] = []
        while let next = schedule.next(by: 4_500_000) { due.append(next.due) }
        #expect(due == [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000])
        #expect(schedule.nextDue == 5_000_000)
    }
}
