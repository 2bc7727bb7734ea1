import Game
import NIOConcurrencyHelpers
import Settings

/// Whose a `pid` is: whoever brought it first, with a key, for as long as the relay remembers; and how many connections an
/// address has. Shared by all loops; looked at when a client connects or goes.
final class IdentityBook: Sendable {
    /// At least so many of those seen last are remembered, at most twice as many.
    private static let capacity = 50_000

    private struct State {
        var recent: [String: Secret] = [:]
        /// Who was seen before all in `recent`.
        var earlier: [String: Secret] = [:]
        var connections: [String: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Whether the key goes with the name; a name that nobody has goes with any.
    func accepts(_ pid: String, key: String) -> Bool {
        self.state.withLockedValue { state in
            if let known = state.recent[pid] ?? state.earlier[pid], !known.matches(key) { return false }
            state.recent[pid] = Secret(key)
            if state.recent.count >= Self.capacity {
                state.earlier = state.recent
                state.recent = [:]
            }
            return true
        }
    }

    /// Counts a connection of an address; false, and not counted, when there are `limit` already.
    func opens(_ address: String, limit: Int) -> Bool {
        self.state.withLockedValue { state in
            guard state.connections[address, default: 0] < limit else { return false }
            state.connections[address, default: 0] += 1
            return true
        }
    }

    func closed(_ address: String) {
        self.state.withLockedValue { state in
            let count = state.connections[address, default: 0] - 1
            state.connections[address] = count > 0 ? count : nil
        }
    }
}
