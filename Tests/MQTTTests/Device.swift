import MQTT
import NIOConcurrencyHelpers
import NIOCore

/// A session whose owner lives on its loop, as the simulator's devices do.
actor Device {
    nonisolated let loop: MQTTLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }

    private let session: MQTTSession

    /// Whenever the link went down: why, and how often the loop had turned by then. To be looked at without waking it.
    nonisolated private let log = NIOLockedValueBox<[(reason: LinkDownReason, turns: Int)]>([])
    nonisolated var downs: [LinkDownReason] { self.log.withLockedValue { $0.map(\.reason) } }
    nonisolated var turns: [Int] { self.log.withLockedValue { $0.map(\.turns) } }
    nonisolated var turnsPerDown: Int { self.log.withLockedValue { ($0.last?.turns ?? 0) / max(1, $0.count) } }

    init(_ configuration: MQTTConfiguration, on loop: MQTTLoop) async {
        self.loop = loop
        self.session = MQTTSession(configuration, on: loop)
    }

    var state: MQTTSession.State { self.session.state }
    var counters: MQTTCounters { self.session.counters }

    func connect() {
        self.session.onLink = { event in
            if case .down(let reason) = event { self.log.withLockedValue { $0.append((reason, self.loop.turns)) } }
        }
        self.session.connect()
    }

    func setSubscriptions(_ subscriptions: [Subscription]) throws {
        try self.session.setSubscriptions(subscriptions)
    }

    func disconnect() { self.session.disconnect() }

    func abandon() { self.session.abandon() }

    func forgetCallbacks() { self.session.onLink = nil }

    // MARK: Trying out the loop

    private var fired: [Int] = []
    private(set) var lateFirings = 0
    private(set) var counted = 0
    private var isBehind = false

    func count() { self.counted += 1 }

    func stopOwnLoop() async { await self.loop.stop() }

    /// - Returns: the indices of the timers in the order they fired.
    func runTimers(after milliseconds: [Int64], cancelling cancelled: Int) async -> [Int] {
        await withCheckedContinuation { continuation in
            let now = NIODeadline.now()
            let timers = milliseconds.enumerated().map { index, delay in
                self.loop.schedule(at: now + .milliseconds(delay)) {
                    self.fired.append(index)
                    if self.fired.count == milliseconds.count - 1 { continuation.resume() }
                }
            }
            self.loop.cancel(timers[cancelled])
        }
        return self.fired
    }

    func fallBehind() {
        self.isBehind = true
        self.fireLate()
    }

    func catchUp() { self.isBehind = false }

    private func fireLate() {
        self.lateFirings += 1
        if self.isBehind { self.loop.schedule(at: .now() - .seconds(1)) { self.fireLate() } }
    }

    nonisolated func wait(for state: MQTTSession.State) async throws {
        try await eventually("\(state)") { await self.state == state }
    }
}

/// Runs the body with a device that is connecting, and stops its loop afterwards, whatever happens.
func withDevice<Result>(_ configuration: MQTTConfiguration, _ body: (Device) async throws -> Result) async throws
    -> Result
{
    let loop = try MQTTLoop()
    let device = await Device(configuration, on: loop)
    await device.connect()
    do {
        let result = try await body(device)
        await device.forgetCallbacks()
        await loop.stop()
        return result
    } catch {
        await device.forgetCallbacks()
        await loop.stop(within: .zero)
        throw error
    }
}
