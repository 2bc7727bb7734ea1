/// One of the invariants of game-rooms §2.14 does not hold.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ invariant: String, _ what: String) {
        self.description = "\(invariant): \(what)"
    }
}

func hold(_ invariant: String, _ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Violation(invariant, what()) }
}
