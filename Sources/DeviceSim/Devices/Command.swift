import FoundationEssentials

/// What somebody asks of a device on `devices/<id>/commands`: a JSON object.
///
///     {"rate": 5}          messages per second, 0 (silent) to 1000
///     {"led": "on"}        a text or true/false, shown in the telemetry
///     {"reboot": true}     the connection is lost without a goodbye; the device is back after `devices.reboot`
///
/// Several may come in one object. Whatever else comes, of whatever shape, is no fault of the device: it is answered with
/// an `error` in the next telemetry message. Who names a response topic (MQTT 5 §4.10) is answered there as well.
struct Command: Equatable {
    private(set) var rate: Double?
    private(set) var light: String?
    private(set) var reboot = false
    private(set) var complaint: String?

    /// The most bytes of a command that a device reads.
    static let sizeLimit = 4096

    init(_ payload: [UInt8]) {
        guard payload.count <= Self.sizeLimit else {
            self.complaint = "command of \(payload.count) bytes, the limit is \(Self.sizeLimit)"
            return
        }
        guard let members = try? JSONDecoder().decode([String: Scalar].self, from: Data(payload)) else {
            self.complaint = "a command is a JSON object"
            return
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            self.take(name, value)
        }
    }

    private mutating func take(_ name: String, _ value: Scalar) {
        switch (name, value) {
        case ("rate", .number(let rate)) where (0...1000).contains(rate): self.rate = rate
        case ("rate", _): self.complaint = "rate is a number from 0 to 1000"
        case ("led", .flag(let light)): self.light = light ? "on" : "off"
        case ("led", .text(let light)) where light.utf8.count <= 32: self.light = light
        case ("led", _): self.complaint = "led is true, false or a text of at most 32 bytes"
        case ("reboot", .flag(let reboot)): self.reboot = reboot
        case ("reboot", _): self.complaint = "reboot is true or false"
        default: self.complaint = "unknown command: \(name.prefix(40))"
        }
    }
}

/// A JSON value as far as commands have use for it.
private enum Scalar: Decodable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }
}
