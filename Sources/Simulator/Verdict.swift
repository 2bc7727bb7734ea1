/// A threshold and what came of it: `value` must be at most `most`, or at least `least`.
package struct Verdict: Encodable, Equatable, Sendable {
    package let name: String
    package let value: Double
    package var most: Double?
    package var least: Double?
    package let passed: Bool

    package init(name: String, value: Double, most: Double? = nil, least: Double? = nil) {
        self.name = name
        self.value = value
        self.most = most
        self.least = least
        self.passed = value <= most ?? .infinity && value >= least ?? -.infinity
    }

    /// Nil where no threshold is set.
    package init?(_ name: String, _ value: Double, atMost most: Int?) {
        guard let most else { return nil }
        self.init(name: name, value: value, most: Double(most))
    }
}

extension Verdict: CustomStringConvertible {
    package var description: String {
        let limit = self.most.map { "at most \($0.brief)" } ?? self.least.map { "at least \($0.brief)" } ?? ""
        return "\(self.name) is \(self.value.brief), allowed \(limit)"
    }
}
