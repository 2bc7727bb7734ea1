/// The identifier of an Engine.IO session: 20 url-safe characters, 19 of them random (114 bits), which is what keeps
/// strangers out of a session. The last names the event loop that owns the session, so that any loop can tell where a
/// request belongs.
///
/// It is a secret of the one client; a Socket.IO socket has an id of its own.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    package static let maximumShards = 64

    package let description: String

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Where each byte stands in the alphabet; 255 for what is not in it.
    private static let places: [UInt8] = {
        var places = [UInt8](repeating: 255, count: 256)
        for (place, character) in alphabet.enumerated() { places[Int(character)] = UInt8(place) }
        return places
    }()

    /// A new identifier for a session of the shard with this index, 0..<64.
    package init(shard: Int, using generator: inout some RandomNumberGenerator) {
        precondition(shard >= 0 && shard < Self.maximumShards, "a server has at most 64 event loops")
        self.description = Self.random(count: 19, last: Self.alphabet[shard], using: &generator)
    }

    /// Reads an identifier that a client sent; nil when it is none of ours by its form.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == 20, text.utf8.allSatisfy({ Self.places[Int($0)] < 64 }) else { return nil }
        self.description = String(text)
    }

    /// The index of the shard that made the identifier, as it says of itself: check it against how many there are.
    package var shard: Int {
        self.description.utf8.last.map { Int(Self.places[Int($0)]) } ?? 0
    }

    /// An identifier for a Socket.IO socket: 20 random characters, nothing to do with the session's.
    package static func socketID(using generator: inout some RandomNumberGenerator) -> String {
        let last = Self.alphabet[Int(generator.next() & 63)]
        return self.random(count: 19, last: last, using: &generator)
    }

    private static func random(
        count: Int, last: UInt8, using generator: inout some RandomNumberGenerator
    ) -> String {
        String(unsafeUninitializedCapacity: count + 1) { bytes in
            var bits: UInt64 = 0
            for index in 0..<count {
                if index % 10 == 0 { bits = generator.next() }
                bytes[index] = Self.alphabet[Int(bits & 63)]
                bits >>= 6
            }
            bytes[count] = last
            return count + 1
        }
    }
}
