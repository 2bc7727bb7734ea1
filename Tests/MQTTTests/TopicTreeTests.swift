import MQTT
import Testing

struct TopicTreeTests {
    @Test func findsWhatWasInsertedAndNotWhatWasRemoved() throws {
        var tree = TopicTree<Int>()
        tree.insert(1, for: try TopicFilter("a/+"))
        tree.insert(2, for: try TopicFilter("a/+"))
        tree.insert(1, for: try TopicFilter("a/#"))
        #expect(tree.match("a/b").sorted() == [1, 1, 2])
        #expect(tree.match("a") == [1])
        #expect(tree.count == 3)
        let wasThere = try tree.remove(1, for: TopicFilter("a/+"))
        #expect(wasThere)
        let isStillThere = try tree.remove(1, for: TopicFilter("a/+"))
        #expect(!isStillThere)
        let wasEverThere = try tree.remove(7, for: TopicFilter("x/y"))
        #expect(!wasEverThere)
        #expect(tree.match("a/b").sorted() == [1, 2])
        #expect(tree.hasMatch(for: "a/b"))
        #expect(!tree.hasMatch(for: "b"))
    }

    /// The tree and a list of filters are put through the same changes, and asked the same questions.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithAListOfFilters(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let filters = try TopicFilterTests.strings(of: ["a", "b", "", "$", "+", "#"], upToLevels: 3)
            .filter { !$0.isEmpty && !$0.dropLast().contains("#") }
            .map { try TopicFilter($0) }
        var disagreements: [String] = []
        let topics = TopicFilterTests.strings(of: ["a", "b", "c", "", "$"], upToLevels: 3)
        var tree = TopicTree<Int>()
        var list: [(TopicFilter, Int)] = []
        for _ in 0..<1_500 {
            let isInsertion = Int.random(in: 0..<list.count + 40, using: &random) < 50
            if isInsertion, let filter = filters.randomElement(using: &random) {
                let value = Int.random(in: 0..<5, using: &random)
                tree.insert(value, for: filter)
                list.append((filter, value))
            } else if let index = list.indices.randomElement(using: &random) {
                let (filter, value) = list.remove(at: index)
                let wasThere = tree.remove(value, for: filter)
                #expect(wasThere)
            }
            let topic = try #require(topics.randomElement(using: &random))
            let expected = list.filter { $0.0.matches(topic) }.map(\.1).sorted()
            if tree.match(topic).sorted() != expected { disagreements.append(topic) }
        }
        #expect(disagreements == [])
        let removals = list.map { tree.remove($0.1, for: $0.0) }
        #expect(!removals.contains(false))
        #expect(tree.isEmpty)
        #expect(topics.allSatisfy { tree.match($0).isEmpty })
    }

    @Test func takesTheDeepestFilterThereIs() throws {
        var tree = TopicTree<String>()
        let deepest = String(repeating: "/", count: 65_535)
        tree.insert("deep", for: try TopicFilter(deepest))
        tree.insert("wide", for: try TopicFilter("+/#"))
        #expect(tree.match(deepest).sorted() == ["deep", "wide"])
        let wasThere = try tree.remove("deep", for: TopicFilter(deepest))
        #expect(wasThere)
        #expect(tree.match(deepest) == ["wide"])
    }
}

/// Small, seeded, good enough to choose test cases.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
