import Foundation
import TestSupport

/// A document of `docs`, and the code in it that is to be tried.
///
/// A comment in the line before a fenced block says so: `<!-- tried: this | that -->`, what the block has to print;
/// `<!-- configuration -->`, what the relay is to be run with.
struct Document {
    struct Snippet: CustomStringConvertible {
        let file: String
        let line: Int
        let language: String
        let text: String
        /// What it has to print, each somewhere.
        let expected: [String]

        var description: String { "\(self.file):\(self.line)" }
    }

    let configuration: String
    let snippets: [Snippet]

    init(_ name: String) throws {
        let file = "docs/\(name)"
        let text = try String(contentsOf: PackageLayout.file(file), encoding: .utf8)
        var configuration = ""
        var snippets: [Snippet] = []
        var marker: Substring?
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().makeIterator()
        while let (index, line) = lines.next() {
            guard let open = marker, line.hasPrefix("```") else {
                marker = line.hasPrefix("<!-- ") ? line.dropFirst(5).dropLast(4) : nil
                continue
            }
            marker = nil
            var body = ""
            while let (_, line) = lines.next(), line != "```" { body += line + "\n" }
            if open == "configuration" { configuration = body }
            guard open.hasPrefix("tried: ") else { continue }
            let expected = open.dropFirst(7).split(separator: " | ").map(String.init)
            snippets.append(
                Snippet(
                    file: file, line: index + 1, language: String(line.dropFirst(3)), text: body, expected: expected))
        }
        self.configuration = configuration
        self.snippets = snippets
    }
}
