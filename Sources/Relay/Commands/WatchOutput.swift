import EngineIO
import NIOCore
import SocketIO

/// How `relay watch` shows an event: `topic payload`, as `mosquitto_sub -v` does, bytes as a hexdump below it; or one JSON
/// object a line. An event that is no topic's value shows its name and what came with it.
struct WatchOutput {
    let isJSON: Bool

    /// - Parameter event: the name first.
    func text(of event: Arguments) -> String {
        let name = event[0]?.string ?? ""
        let isValue = event.count >= 4 && event[1]?.string != nil && event[3]?["at"] != nil
        if self.isJSON { return Self.oneLine(isValue ? Self.object(value: event) : Self.object(name, event)) }
        guard isValue, let topic = event[1]?.string else {
            return Self.printable(([name] + Self.words(of: event, from: 1)).joined(separator: " "))
        }
        if let bytes = event.attachment(at: 2) { return Self.text(topic, bytes) }
        return Self.printable("\(topic) \(event[2].map { Self.oneLine($0) } ?? "")")
    }

    private static func text(_ topic: String, _ bytes: ByteBuffer) -> String {
        let topic = self.printable(topic)
        let text = String(buffer: bytes)
        if bytes.isValidUTF8, self.printable(text) == text { return "\(topic) \(text)" }
        return (["\(topic) (\(bytes.readableBytes) bytes)"] + Hexdump.lines(of: bytes).map { "  " + $0 })
            .joined(separator: "\n")
    }

    private static func words(of event: Arguments, from first: Int) -> [String] {
        (first..<max(first, event.count)).map { index in
            event.attachment(at: index).map { "<\($0.readableBytes) bytes>" }
                ?? event[index].map { String(buffer: $0.bytes) } ?? ""
        }
    }

    /// `{topic, event, payload, at, …}`.
    private static func object(value event: Arguments) -> JSON {
        let known = [
            ("topic", event[1] ?? .null), ("event", event[0] ?? .null), ("payload", self.json(event, at: 2)),
        ]
        return .object(known + (event[3]?.members ?? []).map { ($0.key, $0.value) })
    }

    private static func object(_ name: String, _ event: Arguments) -> JSON {
        .object([
            ("event", JSON(name)), ("args", .array((1..<max(1, event.count)).map { self.json(event, at: $0) })),
        ])
    }

    private static func json(_ event: Arguments, at index: Int) -> JSON {
        guard let bytes = event.attachment(at: index) else { return event[index] ?? .null }
        var text = ByteBuffer()
        text.writeBase64Object(bytes)
        return JSON(unchecked: text)
    }

    /// A line break within JSON is white space, whichever it is.
    private static func oneLine(_ json: JSON) -> String {
        String(
            decoding: json.bytes.readableBytesView.map {
                $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0
            }, as: UTF8.self)
    }

    /// Without what would steer the terminal, or turn the direction of the text behind it.
    private static func printable(_ text: String) -> String {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            let isHarmless = !isControl && !(0x202A...0x202E ~= scalar.value) && !(0x2066...0x2069 ~= scalar.value)
            printable.append(isHarmless ? scalar : "\u{FFFD}")
        }
        return String(printable)
    }
}
