import FoundationEssentials
package import NIOCore

/// The time of a run: its moments, as deadlines of this machine and as Unix time. Steps of the wall clock during the run
/// change nothing, since it is read once and the monotonic clock is followed from there.
package struct RunClock: Sendable {
    /// When the run began, Unix milliseconds.
    package let began: Int64
    private let start: NIODeadline

    /// The run begins with the next whole millisecond.
    package init() {
        let microseconds = Int64(Date().timeIntervalSince1970 * 1_000_000)
        self.began = microseconds / 1000 + 1
        self.start = .now() + .microseconds(self.began * 1000 - microseconds)
    }

    private init(began: Int64, start: NIODeadline) {
        self.began = began
        self.start = start
    }

    /// The same clock, with a run that begins now: at the next whole millisecond.
    package func beginningNow() -> RunClock {
        let passed = self.elapsed / 1000 + 1
        return RunClock(began: self.began + passed, start: self.start + .milliseconds(passed))
    }

    /// Microseconds since the run began.
    package var elapsed: Int64 {
        return (NIODeadline.now() - self.start).nanoseconds / 1000
    }

    /// Unix microseconds.
    package var now: Int64 {
        return self.began * 1000 + self.elapsed
    }

    package func deadline(of moment: Moment) -> NIODeadline {
        return self.start + .milliseconds(moment.milliseconds)
    }

    /// Unix milliseconds.
    package func timestamp(of moment: Moment) -> Int64 {
        return self.began + moment.milliseconds
    }
}
