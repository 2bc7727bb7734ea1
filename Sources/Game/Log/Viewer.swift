/// Whose copy of a log frame it is: events meant for others are holes in it.
package enum Viewer: Hashable, Sendable {
    case seat(Seat)
    case spectator
    /// The recording holds everything.
    case recording

    package func sees(_ event: LogEvent) -> Bool {
        guard let recipients = event.recipients else { return true }
        switch self {
        case .seat(let seat): return recipients.contains(seat)
        case .spectator: return false
        case .recording: return true
        }
    }
}
