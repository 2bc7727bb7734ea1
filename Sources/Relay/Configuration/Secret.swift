/// A password or token. It prints as dots, so that it cannot slip into a log by interpolation.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself.
    let value: String

    init(_ value: String) {
        self.value = value
    }

    var description: String { "•••" }
    var debugDescription: String { "•••" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether `candidate` is this secret, in a time that depends on its length alone.
    func matches(_ candidate: String) -> Bool {
        let own = Array(value.utf8)
        let other = Array(candidate.utf8)
        var difference = own.count ^ other.count
        for (index, byte) in other.enumerated() {
            difference |= Int((own.isEmpty ? 0 : own[index % own.count]) ^ byte)
        }
        return difference == 0
    }
}
