import MQTT
import NIOCore
import Testing

struct LinkStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func machine() -> LinkStateMachine {
        let bounds = ReconnectBackoff.Bounds(shortest: .seconds(1), longest: .seconds(20), steadyAfter: .seconds(5))
        return LinkStateMachine(backoff: ReconnectBackoff(bounds), connectTimeout: .seconds(10))
    }

    @Test func aFailedAttemptIsRepeatedAfterTheWait() {
        var link = self.machine()
        let now = Self.start
        let isStarted = link.start(at: now)
        #expect(isStarted)
        #expect(link.state == .connecting(deadline: now + .seconds(10)))
        link.failed(at: now, fraction: 0)
        #expect(link.state == .waiting(until: now + .seconds(1)))
        let early = link.timePassed(at: now + .milliseconds(999))
        #expect(early == .nothing)
        let due = link.timePassed(at: now + .seconds(1))
        #expect(due == .attempt)
        #expect(link.state == .connecting(deadline: now + .seconds(11)))
    }

    @Test func anAttemptThatTakesTooLongIsGivenUp() {
        var link = self.machine()
        _ = link.start(at: Self.start)
        let early = link.timePassed(at: Self.start + .seconds(9))
        #expect(early == .nothing)
        let due = link.timePassed(at: Self.start + .seconds(10))
        #expect(due == .giveUpAttempt)
    }

    @Test func startingTwiceMakesOneAttempt() {
        var link = self.machine()
        let isStarted = link.start(at: Self.start)
        #expect(isStarted)
        let isStartedTwice = link.start(at: Self.start)
        #expect(!isStartedTwice)
    }

    @Test func aLateAnswerIsNotTaken() {
        var link = self.machine()
        _ = link.start(at: Self.start)
        link.failed(at: Self.start, fraction: 0)
        let isAccepted = link.accepted(at: Self.start)
        #expect(!isAccepted)
    }

    @Test func closingEndsInTimeAndDoesNotReconnect() {
        var link = self.machine()
        _ = link.start(at: Self.start)
        let isAccepted = link.accepted(at: Self.start)
        #expect(isAccepted)
        #expect(link.deadline == nil)
        let isClosing = link.stop(at: Self.start, grace: .seconds(2))
        #expect(isClosing)
        let isClosingStill = link.stop(at: Self.start, grace: .seconds(1))
        #expect(isClosingStill)
        let due = link.timePassed(at: Self.start + .seconds(1))
        #expect(due == .finishClosing)
        link.failed(at: Self.start, fraction: 0.5)
        #expect(link.state == .idle)
        let isStartedAnew = link.start(at: Self.start)
        #expect(isStartedAnew)
    }

    @Test func stoppingWithoutALinkIsOverAtOnce() {
        var link = self.machine()
        _ = link.start(at: Self.start)
        link.failed(at: Self.start, fraction: 0.5)
        let isClosing = link.stop(at: Self.start, grace: .seconds(2))
        #expect(!isClosing)
        #expect(link.state == .idle)
    }

    @Test func waitsGrowToTheLongestAndStartAnewAfterASteadyLink() {
        var backoff = ReconnectBackoff(
            .init(shortest: .seconds(1), longest: .seconds(20), steadyAfter: .seconds(5)))
        let waits = (0..<5).map { _ in backoff.next(fraction: 1) }
        #expect(waits == [3, 9, 20, 20, 20].map { .seconds($0) })
        backoff.linkWasUp(for: .seconds(4))
        let afterAShortLink = backoff.next(fraction: 1)
        #expect(afterAShortLink == .seconds(20))
        backoff.linkWasUp(for: .seconds(5))
        let afterASteadyLink = backoff.next(fraction: 1)
        #expect(afterASteadyLink == .seconds(3))
    }

    @Test func everyWaitIsWithinItsBounds() {
        var random = SplitMix(state: 7)
        let bounds = ReconnectBackoff.Bounds()
        var backoff = ReconnectBackoff(bounds)
        var last = bounds.shortest
        for _ in 0..<10_000 {
            let wait = backoff.next(fraction: .random(in: 0..<1, using: &random))
            #expect(wait >= bounds.shortest && wait <= min(bounds.longest, last * 3))
            last = wait
        }
    }
}
