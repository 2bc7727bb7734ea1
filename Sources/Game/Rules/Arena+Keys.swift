import NIOCore

extension Arena {
    /// What a player holds down.
    package struct Keys: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        /// Towards smaller y.
        package static let up = Keys(rawValue: 1)
        package static let down = Keys(rawValue: 2)
        package static let left = Keys(rawValue: 4)
        package static let right = Keys(rawValue: 8)
        package static let dash = Keys(rawValue: 16)

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Nil when the move is not an input with some of these keys, and no others.
        init?(_ move: Move) {
            guard move.kind == Arena.input, let bits = move.number(named: "bits"), (0...31).contains(bits) else {
                return nil
            }
            self.init(rawValue: UInt8(clamping: bits))
        }

        /// What is worth choosing from.
        static let choices: [Keys] = {
            let directions: [Keys] = [
                [], .up, .down, .left, .right, [.up, .left], [.up, .right], [.down, .left], [.down, .right],
            ]
            return directions + directions.map { $0.union(.dash) }
        }()

        /// -1, 0 or 1 along each axis; opposite keys cancel out.
        var direction: (x: Int, y: Int) {
            let held = { (key: Keys) in self.contains(key) ? 1 : 0 }
            return (held(.right) - held(.left), held(.down) - held(.up))
        }
    }
}
