package import Glibc

/// Nanoseconds of the machine's monotonic clock: the same for every process on it.
package typealias Nanoseconds = Int64

package enum Clock {
    /// Now, on the monotonic clock.
    package static func now() -> Nanoseconds { read(CLOCK_MONOTONIC) }

    /// CPU time of the calling thread, user and system.
    package static func threadCPU() -> Nanoseconds { read(CLOCK_THREAD_CPUTIME_ID) }

    /// Unix time.
    static func wall() -> Nanoseconds { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension timespec {
    /// A span, or a moment of a clock, as the kernel takes it; never negative.
    package init(_ nanoseconds: Nanoseconds) {
        let span = max(0, nanoseconds)
        self.init(tv_sec: Int(span / 1_000_000_000), tv_nsec: Int(span % 1_000_000_000))
    }
}
