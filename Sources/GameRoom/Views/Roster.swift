import Game
import SocketIO

/// Who is in a room and who its host is, as its log tells it: what may happen next follows from it.
struct Roster: Equatable, Sendable {
    private struct Member: Equatable {
        let seat: Seat
        var isOn: Bool
    }

    let maximumPlayers: Int
    private(set) var host: Seat?
    /// `lobby`, `countdown`, `live`, `ended` or `closed`.
    private(set) var state: String
    private var members: [Member]
    /// The highest seat ever given.
    private var highest: Seat?
    /// Since when, in the room's milliseconds, somebody is on and no host is.
    private var hostlessSince: UInt32?
    private var isHostOverdue = false

    /// How long a room may be without a host: three seconds by the contract, and what two ticks of the slowest room take.
    static let patience: UInt32 = 3_000 + 250

    /// - Parameter seats: who sits where, and whether the player is connected.
    init(seats: [(seat: Seat, isOn: Bool)], host: Seat?, state: String, maximumPlayers: Int) {
        self.members = seats.map { Member(seat: $0.seat, isOn: $0.isOn) }
        self.highest = seats.map(\.seat).max()
        self.host = host
        self.state = state
        self.maximumPlayers = maximumPlayers
    }

    var seats: [Seat] { self.members.map(\.seat) }
    var count: Int { self.members.count }
    func isSeated(_ seat: Seat) -> Bool { self.members.contains { $0.seat == seat } }
    func isOn(_ seat: Seat) -> Bool { self.members.contains { $0.seat == seat && $0.isOn } }

    /// Takes an event into account.
    /// - Parameter time: milliseconds since the room began.
    /// - Returns: what is wrong with it.
    mutating func follow(_ event: LogEvent, at time: UInt32) -> Violation? {
        let violation = self.take(event)
        return self.checkHost(event.number, at: time) ?? violation
    }

    private mutating func take(_ event: LogEvent) -> Violation? {
        switch event.kind {
        case .join: return self.join(event)
        case .state: return self.changeState(event)
        case .end, .hash, .timer, .desync, .snapshot: return nil
        case _ where event.seat == .server: return nil
        default: break
        }
        guard self.isSeated(event.seat) else {
            return Violation(
                .nothingAfterLeaving, event: event.number,
                "an event of kind \(event.kind.rawValue) by seat \(event.seat), which is not in the room")
        }
        switch event.kind {
        case .leave: self.leave(event.seat)
        case .away: self.set(event.seat, isOn: false)
        case .back: self.set(event.seat, isOn: true)
        case .host: return self.appoint(event)
        default: break
        }
        return nil
    }

    private mutating func join(_ event: LogEvent) -> Violation? {
        defer {
            self.members.append(Member(seat: event.seat, isOn: true))
            self.highest = max(self.highest ?? event.seat, event.seat)
        }
        if let highest, event.seat <= highest {
            return Violation(.seats, event: event.number, "seat \(event.seat) is given a second time")
        }
        guard self.members.count < self.maximumPlayers else {
            return Violation(
                .seats, event: event.number, "seat \(event.seat) joins a room whose \(self.maximumPlayers) are taken")
        }
        return nil
    }

    private mutating func leave(_ seat: Seat) {
        self.members.removeAll { $0.seat == seat }
        if self.host == seat { self.host = nil }
    }

    private mutating func set(_ seat: Seat, isOn: Bool) {
        guard let index = self.members.firstIndex(where: { $0.seat == seat }) else { return }
        self.members[index].isOn = isOn
    }

    private mutating func appoint(_ event: LogEvent) -> Violation? {
        let previous = self.host
        self.host = event.seat
        guard self.isOn(event.seat) else {
            return Violation(.oneHost, event: event.number, "seat \(event.seat) becomes host, and is away")
        }
        guard previous != event.seat else {
            return Violation(.oneHost, event: event.number, "seat \(event.seat) becomes host, and was it before")
        }
        return nil
    }

    private mutating func changeState(_ event: LogEvent) -> Violation? {
        let data = event.data.json
        let before = self.state
        self.state = data?["to"]?.string ?? before
        guard let from = data?["from"]?.string, from != before else { return nil }
        return Violation(.oneLog, event: event.number, "the room goes on from \(from), and was \(before)")
    }

    private mutating func checkHost(_ number: UInt32, at time: UInt32) -> Violation? {
        let isHosted = self.host.map(self.isOn) ?? false
        guard self.members.contains(where: \.isOn), !isHosted, self.state != "closed" else {
            self.hostlessSince = nil
            self.isHostOverdue = false
            return nil
        }
        let since = self.hostlessSince ?? time
        self.hostlessSince = since
        guard !self.isHostOverdue, time > since, time - since > Self.patience else { return nil }
        self.isHostOverdue = true
        return Violation(.oneHost, event: number, "nobody who is there has been host for \(time - since) ms")
    }
}
