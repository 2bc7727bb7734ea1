import Game
import NIOConcurrencyHelpers
import OrderedCollections

/// Whose a `pid` is: whoever brought it first, with a key, for as long as the relay remembers; and how many connections an
/// address has. Shared by all loops; looked at when a client connects or goes.
final class IdentityBook: Sendable {
    /// The least lately seen are forgotten beyond this many.
    private static let capacity = 100_000

    private struct State {
        var keys: OrderedDictionary<String, String> = [:]
        var connections: [String: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Whether the key goes with the name; a name that nobody has goes with any.
    func accepts(_ pid: String, key: String) -> Bool {
        self.state.withLockedValue { state in
            if let known = state.keys[pid], known != key { return false }
            // To the end: it was seen last.
            state.keys[pid] = nil
            state.keys[pid] = key
            if state.keys.count > Self.capacity { state.keys.removeFirst() }
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
