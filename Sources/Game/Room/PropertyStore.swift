import NIOCore
package import SocketIO

/// What the host notes down for everybody: names with JSON values, changed all together or not at all, and where the
/// caller says so only if they still are what the caller takes them for.
package struct PropertyStore: Hashable, Sendable {
    package struct Property: Hashable, Sendable {
        package let name: String
        package let value: JSON
    }

    package struct Change: Hashable, Sendable {
        package let name: String
        /// Nil: without the property.
        package let value: JSON?

        package init(_ name: String, _ value: JSON?) {
            self.name = name
            self.value = value
        }
    }

    /// By name, ascending.
    package private(set) var properties: [Property] = []
    /// Bytes of names and values together.
    private let capacity: Int

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package subscript(name: String) -> JSON? {
        self.properties.first { $0.name == name }?.value
    }

    /// - Parameters:
    ///   - changes: in this order, so of two for one name the last counts.
    ///   - expected: what must be there now, compared in canonical form.
    /// - Throws: `CAS` with the name and what is there; `TOO_BIG`. Nothing has changed then.
    package mutating func apply(_ changes: [Change], expecting expected: [Change] = []) throws(Refusal) {
        for expectation in expected {
            let current = self[expectation.name]
            guard current?.canonical != expectation.value?.canonical else { continue }
            throw Refusal(
                .compareAndSet, "\(expectation.name) is something else now",
                details: [("key", JSON(expectation.name)), ("now", current ?? .null)])
        }
        var changed = self.properties
        for change in changes {
            changed.removeAll { $0.name == change.name }
            guard let value = change.value else { continue }
            let place = changed.firstIndex { change.name < $0.name } ?? changed.endIndex
            changed.insert(Property(name: change.name, value: value), at: place)
        }
        let bytes = changed.reduce(0) { $0 + $1.name.utf8.count + $1.value.bytes.readableBytes }
        guard bytes <= self.capacity else {
            throw Refusal(.tooBig, "a room's properties have at most \(self.capacity) bytes")
        }
        self.properties = changed
    }
}
