extension Arena {
    /// A player's part of the state.
    struct Player: Hashable, Sendable {
        let seat: Seat
        private(set) var place: Point
        var score = 0
        private(set) var isAway = false
        private var keys: Keys = []
        /// Ticks since the last input.
        private var silence = 0
        /// Ticks until the next dash may begin.
        private var dashWait = 0
        private var hasRobbed = false

        /// How many ticks without an input repeat the last one.
        private static let repeats = 3

        init(seat: Seat, at place: Point) {
            self.seat = seat
            self.place = place
        }

        mutating func awaitInput() {
            self.silence = min(self.silence + 1, Self.repeats + 1)
        }

        mutating func press(_ keys: Keys) {
            self.keys = keys
            self.silence = 0
        }

        /// Whoever goes lets go of the keys.
        mutating func setAway(_ isAway: Bool) {
            self.isAway = isAway
            if isAway { self.keys = [] }
        }

        /// Moves on by one tick.
        /// - Returns: where it went along.
        mutating func advance() -> Path {
            let keys = self.isAway || self.silence > Self.repeats ? [] : self.keys
            self.dashWait = max(self.dashWait - 1, 0)
            if keys.contains(.dash), self.dashWait == 0 {
                self.dashWait = Arena.dashInterval
                self.hasRobbed = false
            }
            let start = self.place
            self.place = start.moved(keys.direction, at: self.isDashing ? Arena.speed * Arena.dashFactor : Arena.speed)
            return Path(start: start, end: self.place)
        }

        private var isDashing: Bool { self.dashWait > Arena.dashInterval - Arena.dashTicks }

        var mayRob: Bool { self.isDashing && !self.hasRobbed }

        mutating func rob() {
            self.score += 1
            self.hasRobbed = true
        }

        var score16: UInt16 { UInt16(clamping: self.score) }

        var flags: ArenaView.Flags {
            var flags: ArenaView.Flags = []
            if self.isDashing { flags.insert(.dashing) }
            if self.isAway { flags.insert(.away) }
            if self.dashWait > 0 { flags.insert(.dashSpent) }
            return flags
        }

        func combine(into hash: inout FNV1a) {
            hash.combine(self.seat.rawValue)
            self.place.combine(into: &hash)
            for number in [self.score, self.silence, self.dashWait] { hash.combine(number) }
            for byte in [self.keys.rawValue, self.isAway ? 1 : 0, self.hasRobbed ? 1 : 0] { hash.combine(byte) }
        }
    }
}
