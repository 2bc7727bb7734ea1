import EngineIO
import FuzzDrivers
import Testing

@Suite struct SessionIDTests {
    private static let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    @Test func everyShardIsFoundAgainInItsIDs() {
        var random = SystemRandomNumberGenerator()
        for shard in 0..<SessionID.maximumShards {
            let id = SessionID(shard: shard, using: &random)
            #expect(id.shard == shard)
            #expect(id.description.utf8.count == 20)
            #expect(Self.alphabet.isSuperset(of: id.description))
            #expect(SessionID(id.description) == id)
        }
    }

    @Test func idsDoNotRepeat() {
        var random = SystemRandomNumberGenerator()
        let sessions = (0..<2_000).map { _ in SessionID(shard: 0, using: &random).description }
        let sockets = (0..<2_000).map { _ in SessionID.socketID(using: &random) }
        #expect(Set(sessions + sockets).count == 4_000)
        #expect(sockets.allSatisfy { $0.utf8.count == 20 && Self.alphabet.isSuperset(of: $0) })
    }

    /// 19 characters of 6 bits; were a character's bits used twice, some of these sets would stay small.
    @Test func everyRandomPlaceTakesEveryCharacter() {
        var random = SeededRandom(seed: 1)
        var seen = [Set<Character>](repeating: [], count: 19)
        for _ in 0..<2_000 {
            for (place, character) in SessionID(shard: 0, using: &random).description.prefix(19).enumerated() {
                seen[place].insert(character)
            }
        }
        #expect(seen.allSatisfy { $0.count == 64 })
    }

    @Test(arguments: [
        "", "abc", "abcdefghijklmnopqrs", "abcdefghijklmnopqrstu", "abcdefghijklmnopqrs ", "abcdefghijklmnopqrs/",
        "abcdefghijklmnopqrs+", "abcdefghijklmnopqré", "abcdefghijklmnopqr\r\n", "\u{0}bcdefghijklmnopqrst",
    ])
    func whatIsNotTwentyOfTheAlphabetIsNoID(_ text: String) {
        #expect(SessionID(text) == nil)
    }
}
