import Glibc
import Seeding

/// How one value of a device moves. Every model but a replay is continuous: from one message to the next a value goes only
/// a small way, as a sensor's does, so that charts and conflation meet what they will meet in the field.
enum ValueModel: Equatable, Sendable {
    /// Moves by at most `step` per message and turns back at the ends of `range`.
    case walk(range: ClosedRange<Double>, step: Double)
    /// Swings by `amplitude` around `center` once per `period` (seconds); each device has its own phase.
    case sine(center: Double, amplitude: Double, period: Double)
    /// Grows by 0 to `step` per message, like a meter.
    case counter(step: Int)
    /// One of `values`; passes on to the next one, in order, after about `dwell` seconds (half to one and a half).
    case state(values: [String], dwell: Double)
    /// One after the other of what was once measured, one per message, and again from the start; each device begins
    /// somewhere else.
    case replay([Reading])
}

/// A value at one moment.
enum Reading: Equatable, Sendable {
    /// Written with two decimals.
    case decimal(Double)
    case integer(Int64)
    case text(String)
}

/// One value of one device: its model and where it stands.
struct ValueSource {
    private let model: ValueModel
    private var random: SplitMix64
    /// A walk's position, a sine's phase (0..<1), a state's next change (seconds).
    private var position: Double
    /// A counter's count, the index of a state, the place in a replay.
    private var count: Int64

    init(_ model: ValueModel, random: SplitMix64) {
        self.model = model
        self.random = random
        self.position = 0
        self.count = 0
        switch model {
        case .walk(let range, _):
            self.position = self.random.uniform(range.lowerBound, range.upperBound)
        case .sine:
            self.position = self.random.unit()
        case .counter:
            break
        case .state(let values, let dwell):
            self.count = Int64(self.random.index(below: values.count))
            self.position = self.random.uniform(0, dwell)
        case .replay(let readings):
            self.count = Int64(self.random.index(below: readings.count))
        }
    }

    /// The value of the next message, `seconds` after the device's start. Call once per message, in order.
    mutating func next(at seconds: Double) -> Reading {
        switch self.model {
        case .walk(let range, let step):
            self.position = Self.reflect(self.position + self.random.uniform(-step, step), into: range)
            return .decimal(self.position)
        case .sine(let center, let amplitude, let period):
            let turns = (seconds / period + self.position).truncatingRemainder(dividingBy: 1)
            return .decimal(center + amplitude * sin(2 * .pi * turns))
        case .counter(let step):
            self.count &+= Int64(self.random.index(below: step + 1))
            return .integer(self.count)
        case .state(let values, let dwell):
            if seconds >= self.position, !values.isEmpty {
                self.count = (self.count + 1) % Int64(values.count)
                self.position = seconds + self.random.uniform(dwell / 2, dwell * 1.5)
            }
            let index = Int(self.count)
            return .text(values.indices.contains(index) ? values[index] : "")
        case .replay(let readings):
            let index = Int(self.count)
            guard readings.indices.contains(index) else { return .text("") }
            self.count = (self.count + 1) % Int64(readings.count)
            return readings[index]
        }
    }

    private static func reflect(_ value: Double, into range: ClosedRange<Double>) -> Double {
        let turned =
            value > range.upperBound
            ? 2 * range.upperBound - value
            : value < range.lowerBound ? 2 * range.lowerBound - value : value
        return min(max(turned, range.lowerBound), range.upperBound)
    }
}

/// A value under its name in the telemetry.
struct Field: Equatable, Sendable {
    let name: String
    let model: ValueModel

    /// What a device measures unless the configuration says otherwise: a small weather station with a motor.
    static let standard = [
        Field(name: "temperature", model: .walk(range: 15...30, step: 0.15)),
        Field(name: "humidity", model: .walk(range: 30...70, step: 0.4)),
        Field(name: "power", model: .sine(center: 50, amplitude: 40, period: 30)),
        Field(name: "energy", model: .counter(step: 3)),
        Field(name: "mode", model: .state(values: ["idle", "heating", "cooling"], dwell: 20)),
    ]
}
