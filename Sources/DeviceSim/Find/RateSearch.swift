/// Looks for the highest rate that passes: doubles until one fails, then bisects. A value: somebody else tries the rates.
struct RateSearch: Equatable {
    /// The highest rate that passed, and the lowest that did not.
    private(set) var passed: Double?
    private(set) var failed: Double?
    private let start: Double
    private let precision: Double
    private let limit: Double

    /// - Parameters:
    ///   - start: the first rate that is tried.
    ///   - precision: how far apart the two may be in the end, in parts of the higher.
    ///   - limit: no higher rate is tried.
    init(start: Double, precision: Double, limit: Double) {
        self.start = min(start, limit)
        self.precision = precision
        self.limit = limit
    }

    /// The rate to try next; nil when the answer is there.
    var next: Double? {
        switch (self.passed, self.failed) {
        case (nil, nil): return self.start
        case (let passed?, nil): return passed < self.limit ? min(passed * 2, self.limit) : nil
        case (nil, let failed?): return failed > self.start / Self.downTo ? failed / 2 : nil
        case (let passed?, let failed?):
            return failed - passed > failed * self.precision ? (passed + failed) / 2 : nil
        }
    }

    mutating func tried(_ rate: Double, passed: Bool) {
        if passed { self.passed = rate } else { self.failed = rate }
    }

    /// A start that fails is halved until this much less.
    private static let downTo = 64.0
}
