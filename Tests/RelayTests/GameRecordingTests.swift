import Foundation
import Game
import NIOCore
import TestSupport
import Testing

@testable import Relay

@Suite("Recordings of rooms")
struct GameRecordingTests {
    @Test("an arena of four is recorded as it goes, its recording plays again, and a flipped byte is found")
    func arena() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "recordings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await withGamesOnBroker(["mqtt: false", "recordings: \(directory.path)", Self.needsBroker]) { setting in
            var players: [(player: GamePlayer, joined: JSONValue)] = []
            for _ in 0..<4 {
                let player = try await setting.player()
                let payload: JSONValue = ["game": "arena", "options": ["record": true, "seed": 7]]
                players.append((player, try await player.call("room:match", payload)))
            }
            let room = players[0].joined["room"]["rid"]
            #expect(players.allSatisfy { $0.joined["room"]["rid"] == room })
            for (player, _) in players { _ = try await player.call("room:ready", ["rid": room, "ready": true]) }
            try await withThrowingTaskGroup { group in
                for (player, joined) in players {
                    group.addTask { try await Self.play(player, joined) }
                }
                try await group.waitForAll()
            }
            #expect(try await setting.relay.stop() == 0)
            for (player, _) in players { await player.drop() }

            let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            let file = try #require(files.first)
            #expect(files.count == 1 && file.lastPathComponent.hasPrefix((room.string ?? "?") + "-"))
            let recording = ByteBuffer(bytes: try Data(contentsOf: file))
            let summary = try RecordingVerifier.verify(recording)
            #expect(summary.rounds == 1 && summary.steps >= 40 && summary.moves >= 80)

            var flipped = recording
            let place = recording.readableBytes / 2
            let byte = try #require(flipped.getInteger(at: place, as: UInt8.self))
            flipped.setInteger(byte ^ 1, at: place)
            #expect(throws: RecordingFault.self) { try RecordingVerifier.verify(flipped) }
        }
    }

    /// The setting waits for the relay's link to its broker, so there has to be one.
    private static let needsBroker = "emit: [ { room: none, to: nowhere } ]"

    /// An input for each of forty states.
    private static func play(_ player: GamePlayer, _ joined: JSONValue) async throws {
        for number in 1...40 {
            _ = try await player.event("state", after: number - 1, within: .seconds(30))
            let bits = 1 << (number % 5)
            try await player.emit(
                "move", [joined["ref"], .number(Double(number)), "input", ["bits": .number(Double(bits))]])
        }
    }

    @Test("where there is no directory for them, no room can ask to be recorded")
    func refused() async throws {
        try await withGamesOnBroker { setting in
            let player = try await setting.player()
            let answer = try await player.call("room:create", ["game": "relay", "options": ["record": true]])
            #expect(answer["code"] == "BAD_INPUT")
            #expect(answer["message"] == "options.record: this server keeps no recordings")
            await player.drop()
        }
    }
}
