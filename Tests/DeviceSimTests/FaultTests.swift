import Histogram
import Simulator
import Testing

@testable import DeviceSim

@Suite struct FaultDiceTests {
    private func rolls(_ faults: Faults, seed: UInt64 = 1, count: Int = 20_000) -> [Fault?] {
        var dice = FaultDice(topic: 3, device: 1, seed: seed)
        return (0..<count).map { dice.roll(faults, at: Moment(milliseconds: Int64($0) * 100)) }
    }

    private static let some = Faults(
        drop: 0.05, duplicate: 0.04, reorder: 0.03, delay: 0.02, corrupt: 0.02, oversize: 0.01, flood: 0.01)

    @Test func theSameSeedGivesTheSameFaults() {
        #expect(self.rolls(Self.some) == self.rolls(Self.some))
        #expect(self.rolls(Self.some) != self.rolls(Self.some, seed: 2))
    }

    @Test func eachFaultHasItsPartOfTheMessages() {
        let rolls = self.rolls(Self.some)
        for (fault, part) in [
            (Fault.drop, 0.05), (.duplicate, 0.04), (.reorder, 0.03), (.corrupt, 0.02), (.flood, 0.01),
        ] {
            let found = Double(rolls.count { $0 == fault }) / Double(rolls.count)
            #expect(abs(found - part) < part / 4, "\(fault)")
        }
        #expect(rolls.count { $0 == nil } > 15_000)
    }

    @Test func aDelayIsWithinItsBound() {
        for case .delay(let milliseconds)? in self.rolls(Faults(delay: 1, delayBy: .milliseconds(300))) {
            #expect((1...300).contains(milliseconds))
        }
    }

    @Test func aSilenceLasts() {
        var dice = FaultDice(topic: 0, device: 0, seed: 1)
        let always = Faults(silence: 1, silenceFor: .seconds(3))
        #expect(dice.roll(always, at: .zero) == .silence)
        #expect(dice.roll(Faults(), at: Moment(milliseconds: 2999)) == .silence)
        #expect(dice.roll(Faults(), at: Moment(milliseconds: 3000)) == nil)
    }

    @Test func clocksOfDevicesAreOffByDifferentTimesWithinTheBound() {
        let faults = Faults(skew: .seconds(2))
        let shifts = (0..<100).map { FaultDice(topic: 0, device: $0, seed: 1).shift(faults) }
        #expect(shifts.allSatisfy { abs($0) <= 2000 })
        #expect(Set(shifts).count > 80)
        #expect(FaultDice(topic: 0, device: 3, seed: 1).shift(Faults()) == 0)
    }

    @Test func whatIsDamagedIsNoTextAndItsStampStays() {
        var dice = FaultDice(topic: 0, device: 0, seed: 1)
        var payload = Array(#"{"ts":1,"seq":2,"a":3}"#.utf8)
        dice.corrupt(&payload, from: 16)
        #expect(payload.prefix(16) == Array(#"{"ts":1,"seq":2,"#.utf8)[...])
        #expect(String(validating: payload, as: UTF8.self) == nil)
    }
}

@Suite struct PublicationLogTests {
    private func log(_ sequences: [UInt32]) -> PublicationLog {
        let log = PublicationLog(devices: 2)
        for sequence in sequences { log.append(PublicationLog.Publication(sequence: sequence), 1, .telemetry) }
        return log
    }

    @Test func numbersFollowWhatWasPublished() {
        let log = self.log([1, 3, 2, 2, 5])
        #expect(log.count(1, .telemetry) == 5)
        #expect(log.count(1, .frame) == 0)
        #expect(log.find(3, 1, .telemetry, after: 1)?.number == 2)
        #expect(log.find(2, 1, .telemetry, after: 2)?.number == 3)
        #expect(log.find(2, 1, .telemetry, after: 3)?.number == 4)
        // Both have come: the third can only be the last again.
        #expect(log.find(2, 1, .telemetry, after: 4)?.number == 4)
        #expect(log.find(4, 1, .telemetry, after: 0) == nil)
    }

    @Test func ofTwoThatAreAlikeTheOneThatFitsWhatWasMergedAwayIsMeant() {
        let log = self.log([1, 2, 2, 3])
        #expect(log.find(2, 1, .telemetry, after: 1, skipped: 0)?.number == 2)
        // The first copy was merged into the second.
        #expect(log.find(2, 1, .telemetry, after: 1, skipped: 1)?.number == 3)
        #expect(log.find(2, 1, .telemetry, after: 0, skipped: 2)?.number == 3)
        #expect(log.find(2, 1, .telemetry, after: 0, skipped: .max)?.number == 3)
    }

    @Test func whatDidNotGoOutIsTakenBack() {
        let log = self.log([1, 2, 2])
        log.removeLast(1, .telemetry)
        #expect(log.count(1, .telemetry) == 2)
        #expect(log.find(2, 1, .telemetry, after: 2)?.number == 2)
        log.append(PublicationLog.Publication(sequence: 3), 1, .telemetry)
        #expect(log.find(3, 1, .telemetry, after: 0)?.number == 3)
    }

    @Test func whatIsLongAgoIsForgotten() {
        let log = self.log((1...2000).map { $0 })
        #expect(log.find(1, 1, .telemetry, after: 0) == nil)
        #expect(log.find(2000, 1, .telemetry, after: 0)?.number == 2000)
        #expect(log.find(UInt32(2000 - PublicationLog.limit + 1), 1, .telemetry, after: 0) != nil)
        #expect(log.optional(1...2000, 1, .telemetry) == 0)
    }
}

@Suite struct InjectedFaultsVerifierTests {
    /// A viewer of a topic on which `published` was published gets `received`.
    private func tally(
        published: [UInt32], received: [(UInt32, UInt32)], optional: Set<UInt32> = []
    ) -> Tally {
        let log = PublicationLog(devices: 1)
        for sequence in published {
            log.append(
                PublicationLog.Publication(sequence: sequence, isOptional: optional.contains(sequence)), 0, .telemetry)
        }
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0, log: log)
        let viewer = verifier.join(following: .all(of: 1))
        for (sequence, skipped) in received {
            let stamp = Stamp(device: 0, kind: .telemetry, sequence: sequence, timestamp: 1000, skipped: skipped)
            verifier.received(stamp, by: viewer, now: 2000)
        }
        verifier.finish { log.count($0, $1) }
        return verifier.tally
    }

    @Test func whatWasInjectedIsNoFaultOfTheWay() {
        let tally = self.tally(
            published: [1, 3, 2, 2, 6], received: [(1, 0), (3, 0), (2, 0), (2, 0), (6, 0)])
        #expect([tally.lost, tally.duplicated, tally.outOfOrder, tally.behind] == [0, 0, 0, 0])
    }

    @Test func whatWasNotInjectedStillIs() {
        #expect(self.tally(published: [1, 3, 4], received: [(1, 0), (4, 0)]).lost == 1)
        #expect(self.tally(published: [1, 2, 2], received: [(1, 0), (2, 0), (2, 0), (2, 0)]).duplicated == 1)
        #expect(self.tally(published: [1, 3, 2], received: [(1, 0), (2, 0), (3, 0)]).outOfOrder == 1)
        // The last one published was 2, though 3 is the highest number.
        #expect(self.tally(published: [1, 3, 2], received: [(1, 0), (3, 0)]).behind == 1)
    }

    @Test func theRelaysAccountIsHeldAgainstWhatWasPublished() {
        // 2 and 3 were dropped on purpose, 4 merged away.
        let tally = self.tally(published: [1, 4, 5], received: [(1, 0), (5, 1)])
        #expect([tally.lost, tally.skipped] == [0, 1])
        #expect(self.tally(published: [1, 4, 5], received: [(1, 0), (5, 0)]).lost == 1)
    }

    @Test func theWayMayRefuseWhatIsTooLarge() {
        let tally = self.tally(published: [1, 2, 3], received: [(1, 0), (3, 0)], optional: [2])
        #expect([tally.lost, tally.excused] == [0, 1])
        #expect(self.tally(published: [1, 2, 3], received: [(1, 0), (2, 0)], optional: [3]).lost == 0)
    }
}

@Suite struct OutageTests {
    /// A viewer gets 1 and 5 of five messages, a second apart.
    private func lost(_ outages: Outages) -> UInt64 {
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0, outages: outages)
        let viewer = verifier.join(following: .all(of: 1))
        for sequence in [1, 5] as [UInt32] {
            let stamp = Stamp(
                device: 0, kind: .telemetry, sequence: sequence, timestamp: Int64(sequence) * 10_000_000, skipped: 0)
            verifier.received(stamp, by: viewer, now: 60_000_000)
        }
        verifier.finish { _, _ in 5 }
        #expect(verifier.tally.lost + verifier.tally.excused == 3)
        return verifier.tally.lost
    }

    @Test func aGapAcrossAnOutageIsExcused() {
        #expect(self.lost(Outages()) == 3)
        let outages = Outages()
        outages.relayTold(connected: false, at: 20_000)
        outages.relayTold(connected: true, at: 30_000)
        #expect(self.lost(outages) == 0)
        let early = Outages()
        early.relayTold(connected: false, at: 1000)
        early.relayTold(connected: true, at: 2000)
        #expect(self.lost(early) == 3)
    }

    @Test func ofADevicesOutageItsOwnTopicsAreExcused() {
        let (own, other) = (Outages(), Outages())
        for (outages, device) in [(own, 0), (other, 1)] {
            outages.began(device, at: 20_000)
            outages.ended(device, at: 21_000)
        }
        #expect(self.lost(own) == 0)
        #expect(self.lost(other) == 3)
    }

    @Test func whatManyViewersAreToldIsOneOutage() {
        let outages = Outages()
        for (connected, at) in [(true, 30_000), (false, 20_000), (true, 30_000), (false, 20_001)] {
            outages.relayTold(connected: connected, at: Int64(at))
        }
        #expect(outages.touch(0, 25_000...25_000))
        #expect(!outages.touch(0, 40_000...50_000))
        outages.relayTold(connected: false, at: 60_000)
        #expect(outages.touch(0, 90_000...90_000))
    }

    @Test func aLastValueThatCouldArriveIsNotExcusedByAnEarlierOutage() {
        let outages = Outages()
        outages.relayTold(connected: false, at: 20_000)
        outages.relayTold(connected: true, at: 30_000)
        var verifier = Verifier(kinds: [.telemetry], runBegan: 0, outages: outages)
        let viewer = verifier.join(following: .all(of: 1))
        let stamp = Stamp(device: 0, kind: .telemetry, sequence: 1, timestamp: 10_000_000, skipped: 0)
        verifier.received(stamp, by: viewer, now: 10_000_000)
        var late = verifier
        verifier.finish(published: { _, _ in 2 }, lastSent: { _, _ in 25_000 })
        #expect([verifier.tally.behind, verifier.tally.lost, verifier.tally.excused] == [0, 0, 1])
        late.finish(published: { _, _ in 2 }, lastSent: { _, _ in 50_000 })
        #expect(abs(Int64(late.tally.stalenessAtEnd.maxRecorded) - 40_000_000) < 100_000)
        #expect([late.tally.behind, late.tally.lost] == [1, 1])
    }

    @Test func outagesOfADeviceAreBounded() {
        let outages = Outages()
        for index in 0..<1000 {
            outages.began(0, at: Int64(index) * 100_000)
            outages.ended(0, at: Int64(index) * 100_000 + 10)
        }
        #expect(outages.touch(0, 99_900_000...99_900_000))
        #expect(!outages.touch(0, 99_950_000...99_950_000))
    }
}

@Suite struct UnrestTests {
    private func settings(_ churn: Churn) -> DeviceSimConfiguration {
        var settings = DeviceSimConfiguration()
        settings.devices.count = 100
        settings.run.duration = .seconds(600)
        settings.churn = churn
        return settings
    }

    /// Everything that happens in ten minutes, by when.
    private func trace(_ settings: DeviceSimConfiguration) -> [(Int64, Unrest.Action)] {
        let plan = StagePlan(settings)
        plan.begin(at: .zero, timestamp: 0)
        var unrest = Unrest(Roster(settings), plan, seed: settings.run.seed)
        var waiting = unrest.begin().map { ($0.number, $0.at) }
        var trace: [(Int64, Unrest.Action)] = []
        while let (number, at) = waiting.popLast() {
            guard at < plan.end else { continue }
            for action in unrest.actions(of: number, at: at) {
                trace.append((at.milliseconds, action))
                if case .again(let next) = action { waiting.append((number, next)) }
            }
        }
        return trace.filter { if case .again = $0.1 { false } else { true } }
    }

    @Test func comingAndGoingHasItsRateAndIsTheSameAgain() {
        let settings = self.settings(Churn(abrupt: 0.5))
        let trace = self.trace(settings)
        // 100 devices, every other minute each, for ten minutes.
        #expect(abs(trace.count - 500) < 90)
        #expect(Set(trace.map { "\($0.1)" }).count > 80)
        #expect(trace.map { "\($0)" } == self.trace(settings).map { "\($0)" })
    }

    @Test func aStormHitsItsPartAtOnce() {
        let trace = self.trace(self.settings(Churn(storm: 0.25, stormAfter: .seconds(3))))
        #expect(trace.count == 25)
        #expect(trace.allSatisfy { $0.0 == 3000 })
    }

    @Test func flappingDevicesGoWithEveryPeriod() {
        let trace = self.trace(self.settings(Churn(flapping: 0.02, flapEvery: .seconds(10))))
        #expect(trace.count == 2 * 60)
        #expect(Set(trace.map { "\($0.1)" }).count == 2)
    }
}
