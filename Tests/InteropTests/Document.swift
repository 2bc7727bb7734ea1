import Foundation
import TestSupport

/// A document, and the code in it that is to be tried.
///
/// The line before each fenced block is a comment that says what becomes of it:
/// - `<!-- tried: this | that -->`: it is run, and has to print these lines; `…` in one stands for anything.
///   `<!-- tried -->` has to end well.
/// - `<!-- configuration -->`: what the relay is run with. What is tried before it is run before the relay is.
/// - `<!-- not tried: why -->`.
struct Document {
    struct Snippet: CustomStringConvertible {
        let file: String
        let line: Int
        let language: String
        let text: String
        let expected: [ExpectedLine]

        var description: String { "\(self.file):\(self.line)" }
    }

    private(set) var configuration = ""
    /// What is run before the relay.
    private(set) var preparations: [Snippet] = []
    private(set) var snippets: [Snippet] = []
    /// Blocks that do not say what becomes of them, and comments that say it of nothing: `docs/games.md:12: …`.
    private(set) var faults: [String] = []

    private let file: String

    /// - Parameter file: by its path from the package's root.
    init(_ file: String) throws {
        self.init(file, text: try String(contentsOf: PackageLayout.file(file), encoding: .utf8))
    }

    init(_ file: String, text: String) {
        self.file = file
        var marker: Marker?
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().makeIterator()
        while let (index, line) = lines.next() {
            guard line.hasPrefix("```") else {
                if let marker, marker.claimsBlock { self.fault("\(marker) is before no block", at: index) }
                marker = line.hasPrefix("<!-- ") ? Marker(line.dropFirst(5).dropLast(4)) : nil
                continue
            }
            var body = ""
            while let (_, line) = lines.next(), line != "```" { body += line + "\n" }
            self.take(marker, language: String(line.dropFirst(3)), body: body, at: index + 1)
            marker = nil
        }
    }

    private mutating func take(_ marker: Marker?, language: String, body: String, at line: Int) {
        switch marker {
        case .configuration:
            self.configuration = body
            swap(&self.preparations, &self.snippets)
        case .tried(let expected):
            self.snippets.append(
                Snippet(file: self.file, line: line, language: language, text: body, expected: expected))
        case .notTried: break
        case nil, .unknown: self.fault("the block does not say whether it is tried", at: line)
        }
    }

    private mutating func fault(_ what: String, at line: Int) { self.faults.append("\(self.file):\(line): \(what)") }
}

/// What the comment before a block says.
private enum Marker {
    case tried([ExpectedLine])
    case configuration
    case notTried
    case unknown

    init(_ text: Substring) {
        if text == "configuration" {
            self = .configuration
        } else if text == "tried" {
            self = .tried([])
        } else if text.hasPrefix("tried: ") {
            self = .tried(text.dropFirst(7).split(separator: " | ").map { ExpectedLine(String($0)) })
        } else if text.hasPrefix("not tried: ") {
            self = .notTried
        } else {
            self = .unknown
        }
    }

    var claimsBlock: Bool {
        if case .unknown = self { return false }
        return true
    }
}

/// A line that a snippet has to print; `…` in it stands for anything.
struct ExpectedLine: Equatable, CustomStringConvertible {
    private let text: String

    init(_ text: String) { self.text = text }

    var description: String { self.text }

    func isIn(_ output: String) -> Bool {
        output.split(whereSeparator: \.isNewline).contains { self.matches($0) }
    }

    private func matches(_ line: Substring) -> Bool {
        let pieces = self.text.split(separator: "…", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return line == self.text }
        guard line.hasPrefix(first) else { return false }
        var rest = line.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
