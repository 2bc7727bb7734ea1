/// Something that the contract of game rooms rules out, and that happened all the same.
struct Violation: Hashable, Sendable {
    /// What must hold, by its number in the contract's notes (§2.14).
    enum Invariant: String, CaseIterable, Sendable {
        /// Every client sees `q` contiguous.
        case contiguousLog = "I1"
        /// All members see the same events, holes excepted.
        case oneLog = "I2"
        /// A move is in the log once at most.
        case onceInTheLog = "I3"
        /// An ok-ack's `q` is seen with the same content.
        case acknowledgedIsLogged = "I4"
        /// Per seat, `n` strictly rises.
        case risingMoves = "I5"
        /// No event of a seat after its leave.
        case nothingAfterLeaving = "I6"
        /// Exactly one host while somebody is on and three seconds have passed.
        case oneHost = "I7"
        /// No more seats than the room has.
        case seats = "I8"
        /// The state that is told is the state that the log leads to.
        case state = "I9"
        /// The rules, played again, come to the same hash.
        case replay = "I10"
        /// A refused move changes nothing, and is refused with the right code.
        case refusal = "I11"
        /// A bad token changes nothing.
        case badToken = "I12"
        /// No client gets a frame of a room that it is not in.
        case foreignFrame = "I13"
        /// What MQTT tells is what Socket.IO tells.
        case mqtt = "I14"
        /// An empty room is gone in time.
        case disposal = "I15"
        /// Every command is answered, and nothing comes that cannot be read.
        case protocolKept = "protocol"
    }

    let invariant: Invariant
    /// The event it shows at; nil: none in particular.
    var event: UInt32?
    let text: String

    init(_ invariant: Invariant, event: UInt32? = nil, _ text: String) {
        self.invariant = invariant
        self.event = event
        self.text = text
    }
}
