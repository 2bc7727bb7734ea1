import Synchronization
import UnixSignals

/// That somebody wants the run to end: SIGINT or SIGTERM.
package final class StopRequest: Sendable {
    private let requested = Atomic(false)

    /// From now on, until the program ends, these signals no longer end it by themselves.
    package init() async {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        Task {
            for await _ in signals { self.requested.store(true, ordering: .relaxed) }
        }
    }

    package var isRequested: Bool {
        return self.requested.load(ordering: .relaxed)
    }

    /// Waits until somebody wants the end, `condition` holds, or the time is up.
    /// - Parameter limit: nil for no limit.
    package func wait(atMost limit: Duration? = nil, until condition: () async -> Bool) async {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while !self.isRequested, await !condition() {
            if let deadline, ContinuousClock.now >= deadline { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
