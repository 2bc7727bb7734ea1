/// Follows an arena by its state frames.
package struct ArenaFollower: Sendable {
    package private(set) var view = ArenaView()
    /// Of the last frame; nil before the first whole state.
    package private(set) var tick: UInt32?

    package init() {}

    /// - Throws: what cannot be read, or tells the difference from a state that was not the last one; the view stays.
    package mutating func receive(_ frame: StateFrame) throws(ArenaUpdate.Unreadable) {
        guard frame.base == 0 || frame.base == self.tick else { throw .wrongBase }
        let update = try ArenaUpdate(frame.payload)
        if frame.base == 0 { self.view = ArenaView() }
        self.view.apply(update)
        self.tick = frame.tick
    }
}
