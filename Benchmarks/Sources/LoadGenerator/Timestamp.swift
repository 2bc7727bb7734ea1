/// The moment a message was due, as its payload carries it.
///
/// In text it is `"us":` and sixteen digits: microseconds of the monotonic clock plus 10¹⁵, so that the number has the
/// same width from boot on and is exact in a double. In binary it is the first eight bytes, big-endian microseconds.
enum Timestamp {
    static let marker: StaticString = "\"us\":"
    static let markerLength = 5
    static let digits = 16
    private static let offset: Int64 = 1_000_000_000_000_000

    /// Writes the sixteen digits.
    static func writeText(_ time: Nanoseconds, to target: UnsafeMutablePointer<UInt8>) {
        writeDecimal(time / 1000 + offset, count: digits, to: target)
    }

    /// Writes the eight bytes.
    static func writeBinary(_ time: Nanoseconds, to target: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).storeBytes(of: (time / 1000).bigEndian, as: Int64.self)
    }

    /// The moment written at `digits`, or nil when those are not sixteen digits.
    static func readText(_ source: UnsafePointer<UInt8>) -> Nanoseconds? {
        var value: Int64 = 0
        for index in 0..<digits {
            let digit = source[index] &- 0x30
            if digit > 9 { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return (value - offset) * 1000
    }

    /// The moment in the first eight bytes.
    static func readBinary(_ source: UnsafePointer<UInt8>) -> Nanoseconds {
        let micros = Int64(bigEndian: UnsafeRawPointer(source).loadUnaligned(as: Int64.self))
        return micros.multipliedReportingOverflow(by: 1000).partialValue
    }

    /// Writes `value` with leading zeros.
    static func writeDecimal(_ value: Int64, count: Int, to target: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for index in stride(from: count - 1, through: 0, by: -1) {
            target[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
    }
}
