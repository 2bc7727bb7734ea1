import Settings
import Simulator

extension Field {
    /// Reads `name: {model: {…}}` for each field, in the file's order.
    /// - Parameter directory: where files are that it names.
    static func all(in section: Section, directory: String) -> [Field] {
        return section.entries.compactMap { entry in
            guard !Self.reserved.contains(entry.key) else {
                section.note(entry.key, "expected another name: the device itself writes this field")
                return nil
            }
            guard let model = section.section(entry.key, keys: ValueModel.names) else { return nil }
            return ValueModel.one(in: model, directory: directory).map { Field(name: entry.key, model: $0) }
        }
    }

    private static let reserved = ["ts", "seq", "rate", "led", "error", "pad"]
}

extension ValueModel {
    fileprivate static let names = ["walk", "sine", "counter", "state", "csv"]

    fileprivate static func one(in section: Section, directory: String) -> ValueModel? {
        guard section.entries.count == 1 else {
            section.problems.note(
                line: section.line, "\(section.path): expected one of \(Self.names.joined(separator: ", "))")
            return nil
        }
        if let walk = section.section("walk", keys: ["from", "to", "step"]) { return Self.walk(walk) }
        if let sine = section.section("sine", keys: ["center", "amplitude", "period"]) { return Self.sine(sine) }
        if let counter = section.section("counter", keys: ["step"]) {
            return .counter(step: counter.integer("step", in: 0...1_000_000) ?? 1)
        }
        if let replay = section.section("csv", keys: ["file", "column"]) { return Self.replay(replay, directory) }
        return section.section("state", keys: ["values", "dwell"]).map(Self.state)
    }

    private static func walk(_ section: Section) -> ValueModel? {
        let low = section.number("from", in: Self.values) ?? 0
        let high = section.number("to", in: Self.values) ?? 100
        let step = section.number("step", in: 0...Self.values.upperBound) ?? 1
        guard low <= high else {
            section.note("from", "expected at most \(section.path).to")
            return nil
        }
        return .walk(range: low...high, step: step)
    }

    private static func sine(_ section: Section) -> ValueModel {
        let period = section.duration("period", in: .milliseconds(1)...(.seconds(1_000_000))) ?? .seconds(60)
        return .sine(
            center: section.number("center", in: Self.values) ?? 0,
            amplitude: section.number("amplitude", in: Self.values) ?? 1, period: period / .seconds(1))
    }

    private static func state(_ section: Section) -> ValueModel {
        let dwell = section.duration("dwell", in: .anyTime) ?? .seconds(20)
        return .state(
            values: section.texts("values", of: "words") ?? ["on", "off"], dwell: dwell / .seconds(1))
    }

    private static func replay(_ section: Section, _ directory: String) -> ValueModel? {
        guard let column = section.text("column", "the name of a column") else {
            if !section.has("column") { section.note("column", "expected the name of a column") }
            return nil
        }
        guard section.has("file") else {
            section.note("file", "expected the path of a CSV file")
            return nil
        }
        return section.made("file", "the path of a CSV file") { (path) throws(PatternError) in
            .replay(try CSVColumn.values(of: column, inFile: YAMLDocument.path(path, beside: directory)))
        }
    }

    private static let values = -1_000_000_000.0...1_000_000_000
}

extension Naming {
    static let prefixRule = "topic levels without wildcards, such as devices or site/1/devices"
    static let idRule = "letters, digits, dots, dashes and underscores, at most 64"

    /// The topic levels before the device.
    static func prefix(_ text: String) throws(PatternError) -> String {
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, !text.hasPrefix("$"), levels.allSatisfy({ !$0.isEmpty && Self.isPlain($0) })
        else {
            throw PatternError("expected \(Self.prefixRule)")
        }
        return text
    }

    /// What stands before the number in a device's id.
    static func id(_ text: String) throws(PatternError) -> String {
        guard text.utf8.count <= 64, Self.isPlain(text) else { throw PatternError("expected \(Self.idRule)") }
        return text
    }

    private static func isPlain(_ text: some StringProtocol) -> Bool {
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
