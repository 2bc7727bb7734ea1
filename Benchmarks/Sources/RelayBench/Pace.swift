internal import LoadGenerator

/// How long everything takes.
struct Pace: Sendable {
    var rounds = 3
    var warmUp: Nanoseconds = 2_000_000_000
    var window: Nanoseconds = 8_000_000_000
    var probeWarmUp: Nanoseconds = 1_000_000_000
    var probeWindow: Nanoseconds = 3_000_000_000
    /// How long stragglers are waited for after the window.
    var patience: Nanoseconds = 3_000_000_000
    var probes = 10
    /// How long the viewers' thread looks for more before it sleeps.
    var vigil: Nanoseconds = 0
    /// How long everyone may take to connect.
    let connecting: Nanoseconds = 90_000_000_000
    /// How long idle connections rest before the memory is read.
    let resting: Nanoseconds = 2_000_000_000

    static let full = Pace()
    static let quick = Pace(
        rounds: 1, warmUp: 1_000_000_000, window: 3_000_000_000, probeWindow: 2_000_000_000,
        patience: 2_000_000_000, probes: 7)
}
