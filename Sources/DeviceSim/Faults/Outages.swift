import NIOConcurrencyHelpers

/// When messages could be lost without anybody's fault: while there was no link between the relay and the broker, or
/// between a device and the broker. Written by devices and viewers, read by viewers; from any thread. In milliseconds of
/// the run.
final class Outages: Sendable {
    /// What was on its way this long before somebody noticed may be lost, too.
    static let before: Int64 = 1000
    /// And what was sent this long after, since not everybody is back at once.
    static let after: Int64 = 500
    /// Outages kept of each device; before that, the oldest two become one.
    private static let limit = 32

    private struct State {
        var ofRelay: [Int64: Bool] = [:]
        var relay: [ClosedRange<Int64>] = []
        var ofDevices: [Int: [ClosedRange<Int64>]] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// The relay told a viewer of its link. All viewers are told the same, some of them late.
    func relayTold(connected: Bool, at time: Int64) {
        self.state.withLockedValue { state in
            guard state.ofRelay.updateValue(connected, forKey: time) == nil, state.ofRelay.count <= 10_000 else {
                return
            }
            var open: Int64?
            state.relay = []
            for (time, connected) in state.ofRelay.sorted(by: { $0.key < $1.key }) {
                if connected, let start = open {
                    state.relay.append((start - Self.before)...(time + Self.after))
                    open = nil
                } else if !connected {
                    open = open ?? time
                }
            }
            if let open { state.relay.append((open - Self.before)...Int64.max) }
        }
    }

    /// A device has no link from now on, until it is back.
    func began(_ device: Int, at time: Int64) {
        self.state.withLockedValue { state in
            guard state.ofDevices[device]?.last?.upperBound != .max else { return }
            var outages = state.ofDevices[device] ?? []
            if outages.count == Self.limit { outages[0...1] = [outages[0].lowerBound...outages[1].upperBound] }
            state.ofDevices[device] = outages + [(time - Self.before)...Int64.max]
        }
    }

    func ended(_ device: Int, at time: Int64) {
        self.state.withLockedValue { state in
            guard let outage = state.ofDevices[device]?.last, outage.upperBound == .max else { return }
            state.ofDevices[device]?.removeLast()
            state.ofDevices[device]?.append(outage.lowerBound...max(outage.lowerBound, time + Self.after))
        }
    }

    /// Whether messages that a device meant to send within this time could be lost.
    func touch(_ device: Int, _ times: ClosedRange<Int64>) -> Bool {
        return self.state.withLockedValue { state in
            return state.relay.contains { $0.overlaps(times) }
                || state.ofDevices[device]?.contains { $0.overlaps(times) } == true
        }
    }
}
