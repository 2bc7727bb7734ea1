import Foundation

/// How a run goes, on standard error: one line that renews itself on a terminal; when piped, a plain line every ten
/// seconds. Trouble is told when it comes up.
package struct ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let isQuiet: Bool
    private let start = ContinuousClock.now
    private var ticks = 0

    /// - Parameter isQuiet: whether trouble is all that is told.
    package init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Call once a second.
    /// - Parameter line: what there is to say behind the seconds since the beginning.
    package mutating func show(_ line: String) {
        self.ticks += 1
        if self.isQuiet || Task.isCancelled { return }
        let line = "\((ContinuousClock.now - self.start).components.seconds) s  \(line)"
        if self.isTerminal {
            self.write("\r\(line)\u{1B}[K")
        } else if self.ticks.isMultiple(of: 10) {
            self.write("\(line)\n")
        }
    }

    /// Tells of trouble on a line of its own.
    package func tell(_ trouble: String) {
        self.write("\(self.isTerminal ? "\r\u{1B}[K" : "")\(trouble)\n")
    }

    /// Makes room for what comes next.
    package func end() {
        if self.isTerminal { self.write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
