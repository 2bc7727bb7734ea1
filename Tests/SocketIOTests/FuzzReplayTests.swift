import Foundation
import FuzzDrivers
import Testing

/// Every input kept in `Fuzz/corpus` and `Fuzz/failures`, through its driver once more.
@Suite struct FuzzReplayTests {
    private static let fuzz = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz")

    private static func inputs(in folder: String, of driver: FuzzDriver) throws -> [URL] {
        let directory = self.fuzz.appending(path: folder).appending(path: driver.rawValue)
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    }

    @Test(arguments: FuzzDriver.allCases) func keptInputsBreakNoPromise(_ driver: FuzzDriver) throws {
        let corpus = try Self.inputs(in: "corpus", of: driver)
        #expect(!corpus.isEmpty, "every driver has seeds")
        for input in try corpus + Self.inputs(in: "failures", of: driver) {
            #expect(throws: Never.self, "\(input.lastPathComponent)") { try driver.run(Array(Data(contentsOf: input))) }
        }
    }

    /// Seeds cut, joined and changed at random: a little fuzzing on every run.
    @Test(arguments: FuzzDriver.allCases) func damagedSeedsBreakNoPromise(_ driver: FuzzDriver) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let seeds = try Self.inputs(in: "corpus", of: driver).sorted { $0.path < $1.path }.map {
            try Array(Data(contentsOf: $0).prefix(512))
        }
        for _ in 0..<300 {
            var input = (seeds.randomElement(using: &random) ?? []) + (seeds.randomElement(using: &random) ?? [])
            for _ in 0..<Int.random(in: 0...4, using: &random) where !input.isEmpty {
                let index = Int.random(in: input.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: input[index] = UInt8.random(in: 0...255, using: &random)
                case 1: input.remove(at: index)
                default: input.removeLast(input.count - index)
                }
            }
            #expect(throws: Never.self, "seed \(seed): \(input)") { try driver.run(input) }
        }
    }
}
