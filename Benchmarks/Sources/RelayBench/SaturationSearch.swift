/// Looks for the highest rate that holds: doubles until one fails, then halves the gap.
struct SaturationSearch {
    private var held: Double?
    private var failed: Double?
    private var next: Double
    private var probesLeft: Int
    /// How close the two ends come before it is enough.
    private let precision = 1.1

    init(startingAt rate: Double, probes: Int) {
        next = rate
        probesLeft = probes
    }

    /// The rate to try now; nil when the search is over.
    mutating func nextRate() -> Double? {
        guard probesLeft > 0 else { return nil }
        if let held, let failed, failed / held < precision { return nil }
        probesLeft -= 1
        return next
    }

    mutating func record(_ rate: Double, holds: Bool) {
        if holds { held = max(rate, held ?? 0) } else { failed = min(rate, failed ?? rate) }
        switch (held, failed) {
        case (let held?, let failed?): next = (held * failed).squareRoot()
        case (let held?, nil): next = held * 2
        case (nil, let failed?): next = failed / 2
        case (nil, nil): break
        }
    }
}
