/// A number with its unit, as people write them in a configuration: `25s`, `300ms`, `1MB`, `64kB`.
package enum Quantity {
    /// A duration with its unit: `ms`, `s`, `m` or `h`; only 0 needs none. Nil for anything else.
    package static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard let nanoseconds = scaled(text, by: ["ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9]) else { return nil }
        return .nanoseconds(nanoseconds)
    }

    /// A number of bytes, bare or with its unit: `B`, `kB`, `MB`, `GB` (powers of 1000) or `KiB`, `MiB`, `GiB` (of 1024).
    package static func bytes(_ text: String) -> Int? {
        let units: [String: Double] = [
            "": 1, "B": 1,
            "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9,
            "KiB": 1_024, "MiB": 1_048_576, "GiB": 1_073_741_824,
        ]
        guard let bytes = scaled(text, by: units) else { return nil }
        return Int(exactly: bytes)
    }

    /// How a person would write this many bytes: `1MB`, `64KiB`, `1234 bytes`.
    package static func describe(bytes: Int) -> String {
        let units = [
            (1_000_000_000, "GB"), (1_073_741_824, "GiB"), (1_000_000, "MB"), (1_048_576, "MiB"), (1_000, "kB"),
        ]
        for (size, name) in units where bytes >= size && bytes.isMultiple(of: size) {
            return "\(bytes / size)\(name)"
        }
        return bytes == 1 ? "1 byte" : "\(bytes) bytes"
    }

    /// How a person would write this number: `0.5`, `1000`.
    package static func describe(_ number: Double) -> String {
        Int(exactly: number).map { String($0) } ?? String(number)
    }

    /// How a person would write this duration: `25s`, `300ms`.
    package static func describe(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else {
            return "\(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)ms".replacing(".0ms", with: "ms")
        }
        if seconds >= 3600, seconds.isMultiple(of: 3600) { return "\(seconds / 3600)h" }
        if seconds >= 60, seconds.isMultiple(of: 60) { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }

    private static func scaled(_ text: String, by units: [String: Double]) -> Int64? {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard text.utf8.count <= 32, number.first?.isNumber == true, number.last?.isNumber == true,
            let scale = units[String(text.dropFirst(number.count))], let value = Double(number)
        else { return nil }
        let result = (value * scale).rounded()
        guard result < 9e18 else { return nil }
        return Int64(result)
    }
}
