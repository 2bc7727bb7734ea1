/// What a wait throws when its time is up.
package struct TimedOut: Error, CustomStringConvertible {
    package let awaited: String
    package let limit: Duration

    package init(awaiting awaited: String, after limit: Duration) {
        self.awaited = awaited
        self.limit = limit
    }

    package var description: String { "nothing came of \(awaited) within \(limit)" }
}

/// Waits until a condition holds, looking every few milliseconds. Throws `TimedOut` when it does not in time.
package func eventually(
    _ awaited: String = "the condition", within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TimedOut(awaiting: awaited, after: limit) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
