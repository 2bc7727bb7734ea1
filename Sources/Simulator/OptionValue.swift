import ArgumentParser
import Settings

/// Values of flags, with the same limits as in the file.
package enum OptionValue {
    /// A time such as `250ms`, `25s` or `2m`.
    package static func duration(_ text: String) throws -> Duration {
        guard let duration = Quantity.duration(text) else {
            throw ValidationError("a time such as 250ms, 25s or 2m is expected")
        }
        return duration
    }

    package static func integer(_ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw ValidationError("a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return number
    }

    package static func number(_ text: String, in range: ClosedRange<Double>) throws -> Double {
        guard let number = Double(text), range.contains(number) else {
            throw ValidationError("a number from \(range.lowerBound.brief) to \(range.upperBound.brief) is expected")
        }
        return number
    }
}
