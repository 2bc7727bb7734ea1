import Seeding
import Settings

/// How something is dealt out: so many of this to so many of that, as in `polling:1,websocket:8`.
struct Shares<Choice: RawRepresentable & CaseIterable & Hashable & Sendable>: Equatable, Sendable
where Choice.RawValue == String {
    /// One of the choices, and how many of each round of dealing are it.
    struct Share: Equatable, Sendable {
        let choice: Choice
        let count: Int
    }

    let shares: [Share]

    /// Most of one choice.
    static var counts: ClosedRange<Int> { 0...1_000 }

    init(_ shares: [(Choice, Int)]) {
        self.shares = shares.map { Share(choice: $0.0, count: $0.1) }
    }

    /// - Throws: what is wrong with the text.
    init(_ text: String) throws(PatternError) {
        var shares: [(Choice, Int)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let choice = words.first.flatMap({ Choice(rawValue: String($0)) }) else {
                throw PatternError("expected NAME:COUNT,… with names among \(Self.names), found \"\(part.prefix(60))\"")
            }
            guard words.count <= 2, let count = words.count == 1 ? 1 : Int(words[1]), Self.counts.contains(count) else {
                throw PatternError("expected a whole number from 0 to 1000 behind \(choice.rawValue)")
            }
            shares.append((choice, count))
        }
        self.init(shares)
        guard self.shares.contains(where: { $0.count > 0 }) else { throw PatternError("expected a count above 0") }
    }

    static var names: String { Choice.allCases.map(\.rawValue).joined(separator: ", ") }

    func contains(_ choice: Choice) -> Bool { self.shares.contains { $0.choice == choice && $0.count > 0 } }

    /// Deals out `number` of them, in an order that the seed decides: whole rounds first, each shuffled anew, so that the
    /// shares hold in any stretch of them.
    func deal(_ number: Int, seed: UInt64) -> [Choice] {
        let round = self.shares.flatMap { Array(repeating: $0.choice, count: $0.count) }
        guard !round.isEmpty else { return [] }
        var dealt: [Choice] = []
        var rounds: UInt64 = 0
        while dealt.count < number {
            var random = SplitMix64(seed: seed, stream: rounds)
            dealt += random.shuffled(round)
            rounds += 1
        }
        return Array(dealt.prefix(number))
    }
}

extension Shares: CustomStringConvertible {
    var description: String {
        self.shares.filter { $0.count > 0 }.map { "\($0.choice.rawValue):\($0.count)" }.joined(separator: ",")
    }
}

extension SplitMix64 {
    /// In an order of its own (Fisher and Yates).
    fileprivate mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for last in elements.indices.reversed() {
            elements.swapAt(last, self.index(below: last + 1))
        }
        return elements
    }
}
