package import NIOCore
import SocketIO

/// What a relaying room checks without knowing the game: which kinds there are, how large and how often they may be, how
/// fast something may move, and whose turn it is (game-rooms §2.12). What does not pass is refused with `GUARD`.
package struct Guards: Hashable, Sendable {
    package struct Kind: Hashable, Sendable {
        package let kind: EventKind
        /// Most bytes of data; nil: as many as any move.
        package var bytes: Int?
        /// Most moves of the kind that a player makes in a second; nil: as many as any.
        package var rate: Double?
        package var speed: Speed?

        package init(_ kind: EventKind, bytes: Int? = nil, rate: Double? = nil, speed: Speed? = nil) {
            self.kind = kind
            self.bytes = bytes
            self.rate = rate
            self.speed = speed
        }
    }

    /// Where a move's data says where its player is, and how far that may change in a second.
    package struct Speed: Hashable, Sendable {
        /// The names to follow from the outermost object.
        package let x: [String]
        package let y: [String]
        package let perSecond: Double

        package init(x: [String], y: [String], perSecond: Double) {
            self.x = x
            self.y = y
            self.perSecond = perSecond
        }
    }

    /// By ascending kind; empty: every kind of the game's own passes.
    package let kinds: [Kind]
    /// Moves go round by ascending seat.
    package let takesTurns: Bool

    package init(kinds: [Kind], takesTurns: Bool) {
        self.kinds = kinds
        self.takesTurns = takesTurns
    }

    package subscript(kind: EventKind) -> Kind? {
        self.kinds.first { $0.kind == kind }
    }
}

/// The guards of one room at work: what each player has done so far.
package struct Guardian: Hashable, Sendable {
    private struct Key: Hashable {
        let seat: Seat
        let kind: EventKind
    }

    fileprivate struct Track: Hashable {
        var rate: TokenBucket?
        /// Filled with distance: a second's worth at once, so that moves that a network held up and delivered together pass.
        var distance: TokenBucket?
        var x = 0.0
        var y = 0.0
    }

    package let guards: Guards
    private var tracks: [Key: Track] = [:]

    package init(_ guards: Guards) {
        self.guards = guards
    }

    /// Lets a move pass and takes note of it, or refuses it and does not.
    package mutating func admit(_ move: Move, by seat: Seat, at now: NIODeadline) throws(Refusal) {
        guard !self.guards.kinds.isEmpty else { return }
        guard let kind = self.guards[move.kind] else {
            throw Refusal(.guarded, "the room takes no moves of kind \(move.kind.rawValue)")
        }
        if let bytes = kind.bytes, move.data.byteCount > bytes {
            throw Refusal(.guarded, "a move of kind \(move.kind.rawValue) has at most \(bytes) bytes here")
        }
        let key = Key(seat: seat, kind: move.kind)
        var track = self.tracks[key] ?? Self.track(of: kind)
        if track.rate?.take(at: now) == false {
            throw Refusal(
                .guarded, "too many moves of kind \(move.kind.rawValue)", retry: track.rate?.wait(at: now))
        }
        if let speed = kind.speed { try track.follow(move.data, speed, at: now) }
        self.tracks[key] = track
    }

    package mutating func left(_ seat: Seat) {
        self.tracks = self.tracks.filter { $0.key.seat != seat }
    }

    private static func track(of kind: Guards.Kind) -> Track {
        Track(rate: kind.rate.map { TokenBucket(TokenBucket.Rate(perSecond: $0, burst: max(1, $0))) })
    }
}

extension Guardian.Track {
    fileprivate mutating func follow(_ data: Payload, _ speed: Guards.Speed, at now: NIODeadline) throws(Refusal) {
        guard let x = data.number(at: speed.x), let y = data.number(at: speed.y) else {
            throw Refusal(.guarded, "the move does not say where its player is")
        }
        if self.distance != nil {
            let (dx, dy) = (x - self.x, y - self.y)
            guard self.distance?.take((dx * dx + dy * dy).squareRoot(), at: now) == true else {
                throw Refusal(.guarded, "nobody moves more than \(speed.perSecond) a second here")
            }
        } else {
            // The first place is as good as any, and nothing is known of the time before it.
            self.distance = TokenBucket(TokenBucket.Rate(perSecond: speed.perSecond, burst: speed.perSecond))
        }
        (self.x, self.y) = (x, y)
    }
}

extension Payload {
    /// The number that these names lead to.
    fileprivate func number(at path: [String]) -> Double? {
        var value = self.json
        for name in path { value = value?[name] }
        return value?.double
    }
}
