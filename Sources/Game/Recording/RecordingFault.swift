/// What does not hold in a recording, and where.
package struct RecordingFault: Error, Hashable, Sendable {
    package enum Reason: Error, Hashable, Sendable {
        case damaged(RecordingError.Damage)
        /// A room under rules that are not among the verifier's.
        case unknownGame(String)
        /// An event's number is not the one after the last.
        case gap(expected: UInt32, found: UInt32)
        case timeGoesBack
        /// A `state` event that begins a round does not say with whom, which one, or from what seed.
        case badRound
        /// A step of the rules, a move or an outcome while no round is on.
        case noRound
        /// The inputs of a step are not by ascending seat.
        case inputOrder
        /// The rules do not let a move pass that is in the log.
        case refused(Refusal.Code)
        /// What a step brought about is not what the log says.
        case effect
        /// The state's hash is not the one written; nil: none is written, or there was no round.
        case hash(written: UInt64?, found: UInt64?)
        /// An `end` event says otherwise than the rules, or is missing.
        case outcome
        /// The footer's last event or tick is not the log's.
        case footerNumbers
    }

    package let reason: Reason
    /// The number of the last event that was read.
    package let event: UInt32
    /// Bytes from the recording's beginning to the frame in question.
    package let offset: Int

    package init(_ reason: Reason, event: UInt32 = 0, at offset: Int) {
        self.reason = reason
        self.event = event
        self.offset = offset
    }
}
