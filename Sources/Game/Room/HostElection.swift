package import NIOCore

/// Who is host: a role, not a data path, so that it can move. The first to sit down; when the host leaves, or has been
/// away for three seconds, the lowest seat that is connected. A host who comes back later is host no more.
package struct HostElection: Hashable, Sendable {
    /// How long a host may be away.
    package static let patience = TimeAmount.seconds(3)

    package private(set) var host: Seat?
    private var isMissedSince: NIODeadline?

    package init() {}

    /// When the host will have been away for too long.
    package var deadline: NIODeadline? { self.isMissedSince.map { $0 + Self.patience } }

    /// Looks at who is there now.
    /// - Parameters:
    ///   - connected: ascending.
    ///   - isSeated: whether the host still has a seat.
    /// - Returns: the new host, where there is one.
    package mutating func elect(
        among connected: [Seat], isSeated: (Seat) -> Bool, at now: NIODeadline
    ) -> Seat? {
        if let host {
            if connected.contains(host) {
                self.isMissedSince = nil
                return nil
            }
            if isSeated(host) {
                let since = self.isMissedSince ?? now
                self.isMissedSince = since
                guard now >= since + Self.patience else { return nil }
            } else {
                self.host = nil
                self.isMissedSince = nil
            }
        }
        guard let lowest = connected.first else { return nil }
        self.appoint(lowest)
        return lowest
    }

    package mutating func appoint(_ seat: Seat) {
        self.host = seat
        self.isMissedSince = nil
    }
}
