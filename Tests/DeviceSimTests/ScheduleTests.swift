import Simulator
import Testing

@testable import DeviceSim

@Suite struct ScheduleTests {
    private func moment(_ milliseconds: Int64) -> Moment {
        return Moment(milliseconds: milliseconds)
    }

    /// Brings all devices online at once and returns everything due in the first `seconds`.
    private func trace(devices: Int = 5, rate: Double = 4, jitter: Double = 0, seed: UInt64 = 1, seconds: Int64 = 10)
        -> [Schedule.Due]
    {
        var schedule = Schedule(devices: devices, ramp: 0, jitter: jitter, seed: seed)
        var trace: [Schedule.Due] = []
        while let due = schedule.popDue(by: self.moment(seconds * 1000)) {
            if due.task == .connect { schedule.send(.telemetry, from: due.device, rate: rate, since: due.at) }
            trace.append(due)
        }
        return trace
    }

    @Test func theSameSeedGivesTheSameSchedule() {
        #expect(self.trace(jitter: 0.3) == self.trace(jitter: 0.3))
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
        let times = self.trace(devices: 1, rate: 10, jitter: 0.5).filter { $0.task == .telemetry }.map(
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
        var schedule = Schedule(devices: 4, ramp: 1000, jitter: 0, seed: 1)
        #expect(schedule.popDue(by: self.moment(-1)) == nil)
        var connects: [Schedule.Due] = []
        while let due = schedule.popDue(by: self.moment(1000)) { connects.append(due) }
        #expect(connects.map(\.at.milliseconds) == [0, 250, 500, 750])
        #expect(connects.map(\.device) == [0, 1, 2, 3])
    }

    @Test func aStallMakesMessagesLateButNotFewer() {
        var schedule = Schedule(devices: 1, ramp: 0, jitter: 0, seed: 1)
        _ = schedule.popDue(by: .zero)
        schedule.send(.telemetry, from: 0, rate: 100, since: .zero)
        var times: [Int64] = []
        while let due = schedule.popDue(by: self.moment(5000)) { times.append(due.at.milliseconds) }
        #expect((500...501).contains(times.count))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 10 })
    }

    @Test func aNewRateReplacesTheOldOne() {
        var schedule = Schedule(devices: 1, ramp: 0, jitter: 0, seed: 1)
        _ = schedule.popDue(by: .zero)
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
}
