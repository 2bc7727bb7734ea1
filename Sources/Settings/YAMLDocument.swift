import Foundation
package import Yams

/// A YAML file as a tree of nodes that know their lines, with everything refused that could cost more than it says.
///
/// At most `maximumBytes`; no anchors, aliases or tags, so that no short file can stand for a huge one; at most
/// `maximumDepth` levels, so that whoever walks the tree may do so by recursion.
package enum YAMLDocument {
    /// Far more than a configuration of a thousand rules needs, and little enough to parse at once.
    package static let maximumBytes = 1_000_000
    package static let maximumDepth = 16

    /// What the file holds; nil, with the reason noted, when it is no text to go on with.
    package static func text(ofFile path: String, problems: ProblemLog) -> String? {
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: maximumBytes + 1)
        else {
            problems.note(line: nil, "cannot be read; expected a configuration file")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            problems.note(line: nil, "expected text in UTF-8")
            return nil
        }
        return text
    }

    /// A path that a file names: as it is when absolute, else from the directory that the file is in.
    package static func path(_ path: String, beside directory: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    /// The document's root; nil, with the reason noted, when there is none to go on with.
    package static func root(of text: String, problems: ProblemLog) -> Node? {
        guard text.utf8.count <= maximumBytes else {
            problems.note(line: nil, "longer than \(maximumBytes) bytes; that is no configuration")
            return nil
        }
        let text = withoutCommentLines(text)
        if let line = lineWithTooManyAliases(text) {
            problems.note(line: line, "anchors and aliases (&name, *name) are not part of this format")
            return nil
        }
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            // A node refers to its anchor weakly; the parser is what keeps the anchors.
            return try withExtendedLifetime(parser) {
                guard let node = try parser.singleRoot() else {
                    problems.note(line: 1, "the file is empty; expected keys and values")
                    return nil
                }
                return refusesSomething(in: node, problems: problems) ? nil : node
            }
        } catch let error as YamlError {
            note(error, in: text, problems: problems)
        } catch {
            problems.note(line: nil, "not readable as YAML: \(error)")
        }
        return nil
    }

    /// The same lines, those that hold a comment alone left blank, so that what is counted below is what is parsed.
    private static func withoutCommentLines(_ text: String) -> String {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { line in
                let first = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
                return first == UInt8(ascii: "#") ? "" : String(Substring(line))
            }
            .joined(separator: "\n")
            .replacing("\u{FEFF}", with: "", maxReplacements: 1)
    }

    /// The parser hashes keys, which takes forever when a key is built of aliases of aliases; so a text with more than a
    /// few that might be aliases does not reach it. Those few are refused by `refusesSomething`.
    private static func lineWithTooManyAliases(_ text: String) -> Int? {
        var line = 1
        var found = 0
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") { line += 1 }
            let isName = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
            if previous == UInt8(ascii: "*"), isName || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F {
                found += 1
                if found > 8 { return line }
            }
            previous = byte
        }
        return nil
    }

    private static func refusesSomething(in root: Node, problems: ProblemLog) -> Bool {
        let before = problems.problems.count
        var waiting = [(node: root, depth: 1)]
        while let (node, depth) = waiting.popLast() {
            guard node.anchor == nil else {
                problems.note(line: node.line, "anchors and aliases (&name, *name) are not part of this format")
                continue
            }
            guard depth <= maximumDepth else {
                problems.note(line: node.line, "nested deeper than \(maximumDepth) levels")
                break
            }
            switch node {
            case .scalar: break
            case .sequence(let items): waiting += items.map { ($0, depth + 1) }
            case .mapping(let pairs):
                for (key, value) in pairs {
                    waiting.append((value, depth + 1))
                    if key.scalar == nil || key.anchor != nil {
                        problems.note(line: key.line ?? node.line, "expected a plain word as the key")
                    }
                }
            case .alias:
                problems.note(line: node.line, "anchors and aliases (&name, *name) are not part of this format")
            }
        }
        return problems.problems.count > before
    }

    private static func note(_ error: YamlError, in text: String, problems: ProblemLog) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let tab = line(mark.line, of: text).prefix { $0 == " " || $0 == "\t" }.contains("\t")
            problems.note(line: mark.line, tab ? "not YAML: indent with spaces, not with tabs" : "not YAML: \(problem)")
        case .reader(let problem, let offset, _, _):
            let line = offset.map { text.prefix($0).count { $0.isNewline } + 1 }
            problems.note(line: line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            let again = lineOfSecond(key, after: context.mark, in: text)
            let first = again == context.mark.line ? "on the same line" : "on line \(context.mark.line)"
            problems.note(line: again, "duplicate key \"\(key)\": it is already set \(first)")
        default:
            problems.note(line: nil, "not readable as YAML: \(error)")
        }
    }

    /// The line on which a key of a block is set again: the next that starts with it at the same column.
    private static func lineOfSecond(_ key: String, after first: Mark, in text: String) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for number in lines.indices.dropFirst(first.line) {
            let indentation = lines[number].prefix { $0 == " " }.count
            let rest = lines[number].dropFirst(indentation)
            guard !rest.isEmpty else { continue }
            guard indentation >= first.column - 1 else { break }
            if indentation == first.column - 1,
                [key, "\"\(key)\"", "'\(key)'"].contains(where: { rest.hasPrefix("\($0):") })
            {
                return number + 1
            }
        }
        return first.line
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.contains(number - 1) ? lines[number - 1] : ""
    }
}

extension Node {
    /// Counted from 1.
    package var line: Int? {
        mark?.line
    }
}
