/// What devices and their topics are called: `<prefix>/<id><number>/telemetry` and so on.
struct Naming: Equatable, Sendable {
    /// The topic levels before the device.
    var prefix = "devices"
    /// What stands before the number in a device's id.
    var id = "sim-"
    /// The number of the first device.
    var first = 1

    /// The id of the device at `index`, from 0. Numbers have at least four digits, so that lists sort well.
    func id(of index: Int) -> String {
        let number = String(self.first + index)
        return self.id + String(repeating: "0", count: max(0, 4 - number.count)) + number
    }

    /// The topic of the device at `index`.
    func topic(_ leaf: String, of index: Int) -> String {
        return "\(self.prefix)/\(self.id(of: index))/\(leaf)"
    }

    /// Whether devices so named could have the topics of devices named like the other: one of the two texts before the
    /// number is the other and digits.
    func overlaps(_ other: Naming) -> Bool {
        let (mine, theirs) = ("\(self.prefix)/\(self.id)", "\(other.prefix)/\(other.id)")
        let (short, long) = mine.utf8.count <= theirs.utf8.count ? (mine, theirs) : (theirs, mine)
        return long.hasPrefix(short) && long.dropFirst(short.count).allSatisfy { $0.isASCII && $0.isNumber }
    }
}

/// What the messages of a device look like; each kind is a topic and a `seq` of its own.
enum MessageKind: Int, CaseIterable, Sendable {
    /// JSON on `…/telemetry`, or another ``Codec``.
    case telemetry
    /// Binary on `…/frame`.
    case frame

    /// The last level of the topic.
    var leaf: String {
        switch self {
        case .telemetry: "telemetry"
        case .frame: "frame"
        }
    }
}

/// Which kinds of messages the devices send.
enum Profile: String, CaseIterable, Sendable {
    case telemetry, frame, mixed

    var kinds: [MessageKind] {
        switch self {
        case .telemetry: [.telemetry]
        case .frame: [.frame]
        case .mixed: [.telemetry, .frame]
        }
    }
}

/// How telemetry is written. Each form says when its message was meant to be sent, and its number.
enum Codec: String, CaseIterable, Sendable {
    /// An object in UTF-8, `ts` (Unix milliseconds) and `seq` first.
    case json
    /// The same object as a CBOR map (RFC 8949).
    case cbor
    /// The head of a frame, `ts` (Unix microseconds) and `seq` as UInt64, then each field: decimals as Float32, whole numbers
    /// as Int64, texts as a length byte and UTF-8. Every number is big-endian.
    case packed
    /// The head of a frame, then random bytes, 64 in all unless a size is asked for.
    case random
}
