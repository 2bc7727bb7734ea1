/// "did you mean": the known word nearest to a mistyped one.
package enum Suggestion {
    /// The nearest of `known`, when few enough letters differ that a slip of the fingers explains it.
    package static func nearest(to word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let lowered = word.lowercased()
        let tolerance = word.count < 3 ? 0 : min(2, max(1, word.count / 3))
        return
            known
            .map { (word: $0, distance: distance(lowered, $0.lowercased())) }
            .filter { $0.distance <= tolerance }
            .min { $0.distance < $1.distance }?
            .word
    }

    /// Letters inserted, removed, replaced, or swapped with their neighbour, to get from one word to the other.
    private static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first)
        let second = Array(second)
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for (row, letter) in first.enumerated() {
            var current = [row + 1]
            for (column, other) in second.enumerated() {
                let replaced = previous[column] + (letter == other ? 0 : 1)
                var best = min(replaced, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }
}
