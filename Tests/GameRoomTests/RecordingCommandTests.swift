import Foundation
import NIOCore
import SocketIO
import SocketIOClient
import TestSupport
import Testing

/// `verify`, `watch` and `replay`, as programs.
@Suite(.timeLimit(.minutes(2))) struct RecordingCommandTests {
    /// Runs the program on a file with these bytes.
    private func run(_ command: String, _ recording: ByteBuffer, _ arguments: [String] = []) async throws -> (
        Int32, String
    ) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).rlog")
        try Data(recording.readableBytesView).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try ChildProcess(PackageLayout.program("game-room"), [command, file.path] + arguments)
        let code = try await program.exitCode(within: .seconds(60))
        try await eventually("the end of its output") { program.lines.isFinished }
        return (code, program.standardOutput)
    }

    @Test func aRecordingThatHoldsTrueIsVerified() async throws {
        let (code, output) = try await self.run("verify", recordedGame())
        #expect(code == 0)
        #expect(output.contains("holds true: 8 events, 1 rounds, 5 moves"))
    }

    @Test func aFlippedBitIsFoundAndPlaced() async throws {
        var recording = try recordedGame()
        let middle = recording.readableBytes / 2
        let byte = try #require(recording.getInteger(at: middle, as: UInt8.self))
        recording.setInteger(byte ^ 1, at: middle)
        let (code, output) = try await self.run("verify", recording)
        #expect(code == 1)
        #expect(output.contains("does not hold, behind event"))
    }

    @Test func aRecordingIsShownEventByEventWithItsBoard() async throws {
        let (code, output) = try await self.run("watch", recordedGame(), ["--speed", "0"])
        #expect(code == 0)
        #expect(output.contains("0.2 s  #2  seat 0  place {\"c\":0}"))
        #expect(output.contains("    X X X\n    O O .\n    . . ."))
    }

    @Test func aRecordedSessionIsPlayedAgainInManyRooms() async throws {
        try await withRelay(.text("server: {threads: 2}\nnamespaces:\n  /game: {kind: game}\n")) { relay in
            let (_, output) = try await self.run("replay", recordedGame(), ["--copies", "2", "--url", relay.url])
            #expect(output.contains("rooms      2 of 2 opened, tictactoe"))
            #expect(output.contains("moves      10 sent"))
            #expect(!output.contains("VIOLATION"), "\(output)")
        }
    }

    @Test func aLiveRoomIsShownAsItGoes() async throws {
        try await withRelay(.text("namespaces:\n  /game: {kind: game}\n")) { relay in
            var configuration = try ClientConfiguration(url: relay.url)
            configuration.namespace = "/game"
            let player = SocketClient(configuration)
            try await player.connect()
            let answer = try await player.emitWithAck("room:create", ["game": "relay"])[0]
            let (code, reference) = (answer?["room"]?["code"]?.string, answer?["ref"]?.int)
            let watcher = try ChildProcess(
                PackageLayout.program("game-room"), ["watch", relay.url, try #require(code)])
            try await eventually("the watcher in the room") { watcher.standardOutput.contains("room ") }
            _ = try await player.emitWithAck("move", [JSON(try #require(reference)), 1, 32, ["hello": 1]])
            try await eventually("the move") { watcher.standardOutput.contains(#"seat 0  kind 32 {"hello":1}"#) }
            await player.disconnect()
            #expect(try await watcher.stop() == 0)
        }
    }
}
