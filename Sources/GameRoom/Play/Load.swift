import Glibc

/// What this process has used of the machine: a generator that is short of it measures itself.
struct Load: Sendable {
    private let processor: Double
    private let instant = ContinuousClock.now

    /// From here on.
    init() {
        self.processor = Self.processorSeconds
    }

    /// Cores in use on average since then.
    var cores: Double {
        let seconds = (ContinuousClock.now - self.instant) / .seconds(1)
        return seconds > 0 ? (Self.processorSeconds - self.processor) / seconds : 0
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        let times = [usage.ru_utime, usage.ru_stime]
        return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
    }
}
