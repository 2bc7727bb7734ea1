import NIOConcurrencyHelpers

/// Values that arrive from anywhere, taken in order by whoever waits for them, always with a deadline.
///
/// Unlike an `AsyncStream`, giving up on one value leaves the rest where it is.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var arrived: [Element] = []
        var taken = 0
        var finished = false
        var waiters: [(id: Int, continuation: CheckedContinuation<Arrival, Never>)] = []
        var nextWaiter = 0
    }

    private enum Arrival: Sendable {
        case element(Element)
        case end
        case timeout
    }

    private let state = NIOLockedValueBox(State())

    package init() {}

    /// Adds a value; it is dropped after `finish()`. From any thread.
    package func put(_ element: Element) {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<Arrival, Never>? in
            if state.finished { return nil }
            if !state.waiters.isEmpty { return state.waiters.removeFirst().continuation }
            state.arrived.append(element)
            return nil
        }
        waiter?.resume(returning: .element(element))
    }

    /// Says that nothing will come any more; what has arrived can still be taken. From any thread.
    package func finish() {
        let waiters = self.state.withLockedValue { state in
            state.finished = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .end) }
    }

    /// The next value, nil at the end. Throws `TimedOut` when nothing comes in time.
    package func next(within limit: Duration = .seconds(20), _ awaited: String = "a value") async throws -> Element? {
        let id = self.state.withLockedValue { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let alarm = Task {
            try await Task.sleep(for: limit)
            self.giveUp(id)
        }
        defer { alarm.cancel() }
        let arrival = await withTaskCancellationHandler {
            await self.arrival(for: id)
        } onCancel: {
            self.giveUp(id)
        }
        switch arrival {
        case .element(let element): return element
        case .end: return nil
        case .timeout: throw TimedOut(awaiting: awaited, after: limit)
        }
    }

    /// Everything that has arrived and was not taken, without waiting.
    package func takeAll() -> [Element] {
        self.state.withLockedValue { state in
            defer {
                state.arrived.removeAll()
                state.taken = 0
            }
            return Array(state.arrived[state.taken...])
        }
    }

    /// Whether `finish()` was called.
    package var isFinished: Bool { self.state.withLockedValue { $0.finished } }

    private func arrival(for id: Int) async -> Arrival {
        await withCheckedContinuation { continuation in
            let now = self.state.withLockedValue { state -> Arrival? in
                if state.taken < state.arrived.count {
                    let element = state.arrived[state.taken]
                    state.taken += 1
                    if state.taken == state.arrived.count || state.taken > 1_024 {
                        state.arrived.removeFirst(state.taken)
                        state.taken = 0
                    }
                    return .element(element)
                }
                if state.finished { return .end }
                state.waiters.append((id, continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
            // Cancelled before there was anything to give up.
            if Task.isCancelled { self.giveUp(id) }
        }
    }

    private func giveUp(_ id: Int) {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<Arrival, Never>? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index).continuation
        }
        waiter?.resume(returning: .timeout)
    }
}
