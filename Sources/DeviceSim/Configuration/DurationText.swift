extension Duration {
    /// Reads a time as people write it: `250ms`, `25s`, `1.5m`, `2h`, `0`. Nil for anything else, and for less than 0.
    init?(text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(digits), value.isFinite else { return nil }
        let seconds: Double
        switch text.dropFirst(digits.count) {
        case "ms": seconds = value / 1000
        case "s": seconds = value
        case "m": seconds = value * 60
        case "h": seconds = value * 3600
        case "" where value == 0: seconds = 0
        default: return nil
        }
        guard seconds <= 1_000_000_000 else { return nil }
        self = .microseconds(Int64((seconds * 1_000_000).rounded()))
    }
}
