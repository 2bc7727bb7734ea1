import Simulator
import Testing

@testable import DeviceSim

@Suite struct ScheduleTests {
    private func moment(_ milliseconds: Int64) -> Moment {
        return Moment(milliseconds: milliseconds)
    }

    /// Brings all devices online at once and returns everything due in the first `seconds`.
    private func trace(
        devices: Int = 5, rate: Double = 4, jitter: Jitter = .none, seed: UInt64 = 1, seconds: Int64 = 10
    )
        -> [Schedule.Due]
    {
        var schedule = Schedule(devices: devices, seed: seed)
        schedule.connect(0..<devices, over: 0)
        var trace: [Schedule.Due] = []
        while let due = schedule.popDue(by: self.moment(seconds * 1000)) {
            if due.task == .connect {
                schedule.send(.telemetry, from: due.device, rate: rate, since: due.at, jitter: jitter)
            }
            trace.append(due)
        }
        return trace
    }

    @Test func theSameSeedGivesTheSameSchedule() {
        #expect(self.trace(jitter: .uniform(0.3)) == self.trace(jitter: .uniform(0.3)))
        #expect(self.trace(seed: 2) != self.trace(seed: 3))
    }

    @Test func messagesAreExactlyOnePeriodApart() {
        for device in 0..<5 {
            let times = self.trace().filter { $0.device == device && $0.task == .telemetry }.map(\.at.milliseconds)
            #expect(times.count == 40)
            #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 250 })
            #expect((0..<250).contains(times.first ?? -1))
        }
    }

    @Test func anOddRateDoesNotDrift() {
        let times = self.trace(devices: 1, rate: 3, seconds: 1000).filter { $0.task == .telemetry }.map(
            \.at.milliseconds)
        #expect(times.count == 3000)
        #expect(zip(times, times.dropFirst()).allSatisfy { (333...334).contains($1 - $0) })
    }

    @Test func jitterStraysAtMostItsPartOfAPeriodAndKeepsTheOrder() {
        let straight = self.trace(devices: 1, rate: 10).filter { $0.task == .telemetry }.map(\.at.milliseconds)
        let times = self.trace(devices: 1, rate: 10, jitter: .uniform(0.5)).filter { $0.task == .telemetry }.map(
            \.at.milliseconds)
        #expect(Set(zip(times, times.dropFirst()).map { $1 - $0 }).count > 10)
        #expect(times == times.sorted())
        #expect(zip(times, straight).allSatisfy { abs($0 - $1) <= 51 })
    }

    @Test func everythingComesOutInOrderOfTime() {
        let times = self.trace(devices: 50, rate: 7).map(\.at)
        #expect(times == times.sorted())
    }

    @Test func aRampSpreadsTheConnectsEvenly() {
        var schedule = Schedule(devices: 4, seed: 1)
        schedule.connect(0..<4, over: 1000)
        #expect(schedule.popDue(by: self.moment(-1)) == nil)
        var connects: [Schedule.Due] = []
        while let due = schedule.popDue(by: self.moment(1000)) { connects.append(due) }
        #expect(connects.map(\.at.milliseconds) == [0, 250, 500, 750])
        #expect(connects.map(\.device) == [0, 1, 2, 3])
    }

    @Test func aStallMakesMessagesLateButNotFewer() {
        var schedule = Schedule(devices: 1, seed: 1)
        schedule.send(.telemetry, from: 0, rate: 100, since: .zero)
        var times: [Int64] = []
        while let due = schedule.popDue(by: self.moment(5000)) { times.append(due.at.milliseconds) }
        #expect((500...501).contains(times.count))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 10 })
    }

    @Test func aNewRateReplacesTheOldOne() {
        var schedule = Schedule(devices: 1, seed: 1)
        schedule.send(.telemetry, from: 0, rate: 100, since: .zero)
        while schedule.popDue(by: self.moment(1000)) != nil {}
        schedule.send(.telemetry, from: 0, rate: 2, since: self.moment(1000))
        var times: [Int64] = []
        while let due = schedule.popDue(by: self.moment(11_000)) { times.append(due.at.milliseconds) }
        #expect((20...21).contains(times.count))
        schedule.send(.telemetry, from: 0, rate: 0, since: self.moment(11_000))
        #expect(schedule.popDue(by: self.moment(99_000)) == nil)
        #expect(schedule.next == nil)
    }

    @Test func exponentialGapsHaveTheRateAndTheSpreadOfAPoissonProcess() {
        let due = self.trace(devices: 1, rate: 10, jitter: .exponential, seconds: 2000)
        let times = due.filter { $0.task == .telemetry }.map { Double($0.at.milliseconds) }
        #expect(abs(times.count - 20_000) < 600)
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let deviation = (gaps.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(gaps.count)).squareRoot()
        // Of exponential gaps the two are equal.
        #expect(abs(deviation / mean - 1) < 0.05)
    }

    @Test func aStageMultipliesTheRateAndARampIsAStraightLine() {
        let curve = RateCurve(
            [
                RateCurve.Leg(length: 10_000, ramp: 0, factor: 1),
                RateCurve.Leg(length: 10_000, ramp: 10_000, factor: 3),
                RateCurve.Leg(length: 10_000, ramp: 0, factor: 0),
            ], from: .zero)
        var schedule = Schedule(devices: 1, seed: 1)
        schedule.send(.telemetry, from: 0, rate: 10, since: .zero, curve: curve)
        var times: [Int64] = []
        while let due = schedule.popDue(by: self.moment(100_000)) { times.append(due.at.milliseconds) }
        #expect(abs(times.count { $0 < 10_000 } - 100) <= 1)
        // From 1 to 3: half of the way the factor is 2, and the average of the first half is 1.5.
        #expect(abs(times.count { (10_000..<15_000).contains($0) } - 75) <= 1)
        #expect(abs(times.count { (15_000..<20_000).contains($0) } - 125) <= 1)
        #expect(times.allSatisfy { $0 < 20_000 })
    }

    @Test func workAndTimeOfACurveAreInverse() {
        let legs = [(5000.0, 2000.0, 4.0), (3000, 3000, 0.5), (1000, 0, 2)]
        let curve = RateCurve(
            legs.map { RateCurve.Leg(length: $0.0, ramp: $0.1, factor: $0.2) }, from: self.moment(700))
        for time in stride(from: 700.0, through: 20_000, by: 37) {
            let again = curve.time(of: curve.work(at: time))
            #expect(abs((again ?? -1) - time) < 0.001)
        }
        #expect(curve.work(at: 0) == 0)
        #expect(RateCurve([RateCurve.Leg(length: 10, ramp: 0, factor: 0)], from: .zero).time(of: 1) == nil)
    }
}
