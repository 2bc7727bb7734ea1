/// Why a pattern, name or address in the configuration cannot be what it is meant to be.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    /// A sentence for the user, without its place.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
