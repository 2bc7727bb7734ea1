extension Field {
    /// Reads `name: {model: {…}}` for each field, in the file's order.
    static func read(_ section: inout Section) throws(ConfigurationError) -> [Field] {
        var fields: [Field] = []
        for name in section.keys {
            var field = try section.section(name)
            guard !Self.reserved.contains(name) else {
                throw field.error("\(field.path): the device itself writes this field")
            }
            fields.append(Field(name: name, model: try ValueModel.read(&field)))
        }
        try section.finish()
        return fields
    }

    private static let reserved = ["ts", "seq", "rate", "led", "error", "pad"]
}

extension ValueModel {
    fileprivate static func read(_ section: inout Section) throws(ConfigurationError) -> ValueModel {
        guard section.keys.count == 1 else {
            throw section.error("\(section.path) is to hold one of walk, sine, counter, state")
        }
        let model: ValueModel
        if section.has("walk") {
            model = try Self.walk(section.section("walk"))
        } else if section.has("sine") {
            model = try Self.sine(section.section("sine"))
        } else if section.has("counter") {
            model = try Self.counter(section.section("counter"))
        } else if section.has("state") {
            model = try Self.state(section.section("state"))
        } else {
            throw section.error("\(section.path) is to hold one of walk, sine, counter, state")
        }
        try section.finish()
        return model
    }

    private static func walk(_ section: Section) throws(ConfigurationError) -> ValueModel {
        var section = section
        var (low, high, step) = (0.0, 100.0, 1.0)
        try section.take("from", into: &low, Self.values)
        try section.take("to", into: &high, Self.values)
        try section.take("step", into: &step, 0...Self.values.upperBound)
        try section.finish()
        guard low <= high else { throw section.error("\(section.path).from is to be at most \(section.path).to") }
        return .walk(range: low...high, step: step)
    }

    private static func sine(_ section: Section) throws(ConfigurationError) -> ValueModel {
        var section = section
        var (center, amplitude, period) = (0.0, 1.0, Duration.seconds(60))
        try section.take("center", into: &center, Self.values)
        try section.take("amplitude", into: &amplitude, Self.values)
        try section.take("period", into: &period)
        try section.finish()
        guard period >= .milliseconds(1) else { throw section.error("\(section.path).period is to be at least 1ms") }
        return .sine(center: center, amplitude: amplitude, period: period / .seconds(1))
    }

    private static func counter(_ section: Section) throws(ConfigurationError) -> ValueModel {
        var section = section
        var step = 1
        try section.take("step", into: &step, 0...1_000_000)
        try section.finish()
        return .counter(step: step)
    }

    private static func state(_ section: Section) throws(ConfigurationError) -> ValueModel {
        var section = section
        var (values, dwell) = (["on", "off"], Duration.seconds(20))
        try section.take("values", into: &values)
        try section.take("dwell", into: &dwell)
        try section.finish()
        return .state(values: values, dwell: dwell / .seconds(1))
    }

    private static let values = -1_000_000_000.0...1_000_000_000
}

extension Naming {
    static let prefixRule = "topic levels without wildcards, such as devices or site/1/devices"
    static let idRule = "letters, digits, dots, dashes and underscores, at most 64"

    static func isPrefix(_ text: String) -> Bool {
        let levels = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 200 && !text.hasPrefix("$") && levels.allSatisfy { !$0.isEmpty && Self.isPlain($0) }
    }

    static func isID(_ text: String) -> Bool {
        return text.utf8.count <= 64 && Self.isPlain(text)
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
