/// One thing that is wrong with a configuration, and where: `relay.yaml:12: server.port: expected …`.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// The file as the user named it, or the flag or environment variable that carries the value.
    package let source: String
    /// Counted from 1; nil when the source has no lines (a flag, a variable, a file that cannot be read).
    package let line: Int?
    /// What was expected and what was found.
    package let message: String

    package init(source: String, line: Int?, message: String) {
        self.source = source
        self.line = line
        self.message = message
    }

    package var description: String {
        guard let line else { return "\(source): \(message)" }
        return "\(source):\(line): \(message)"
    }
}

/// Everything that is wrong with a configuration, in the order of the file; never empty when thrown.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    package init(problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// Collects problems while a file is read to its end, so that one run names them all.
package final class ProblemLog {
    package let source: String
    package private(set) var problems: [ConfigurationProblem] = []

    package init(source: String) {
        self.source = source
    }

    package func note(line: Int?, _ message: String) {
        problems.append(ConfigurationProblem(source: source, line: line, message: message))
    }

    /// The problems by line; those of one line stay in the order in which they were met.
    package var inOrder: [ConfigurationProblem] {
        problems.enumerated()
            .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map(\.element)
    }
}
