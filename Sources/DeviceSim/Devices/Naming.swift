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
}

/// What the messages of a device look like; each kind is a topic and a `seq` of its own.
enum MessageKind: Int, CaseIterable, Sendable {
    /// JSON on `…/telemetry`.
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
