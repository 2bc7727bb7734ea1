import ArgumentParser
import Foundation
import Game
import NIOCore
import Simulator

/// `game-room replay`: a recorded session as load.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a recorded session again, many times at once.",
        discussion: """
            Every copy is a room of its own, in which each seat's player makes the moves of the recording at the same \
            distances in time, or shorter ones. What the rooms promise is checked, and reported, as when playing.
            """)

    @Argument(help: ArgumentHelp("The recording.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("How many rooms play it.", valueName: "n"))
    var copies: Int = 1

    @Option(help: "How many times as fast as it was, 0.1 to 20.")
    var warp: Double = 1

    @OptionGroup(title: "Server") var server: ServerOptions

    @Option(help: ArgumentHelp("Write the report as JSON; - for standard output.", valueName: "file"))
    var report: String?

    func validate() throws {
        guard GameRoomConfiguration.Rooms.counts.contains(self.copies) else {
            throw ValidationError("--copies is a whole number from 1 to 100000")
        }
        guard (0.1...20).contains(self.warp) else { throw ValidationError("--warp is a number from 0.1 to 20") }
    }

    func run() async throws {
        guard let data = FileManager.default.contents(atPath: self.file) else {
            throw ValidationError("\(self.file): cannot be read")
        }
        let script = try Script(ByteBuffer(bytes: data))
        let settings = try self.settings(for: script)
        let report = try await Simulation(settings, replaying: (script, self.warp)).run()
        try report.publish(to: self.report)
        if !report.passed { throw ExitCode.failure }
    }

    /// As many players as the recording has, at the highest rate, for as long as it takes.
    private func settings(for script: Script) throws -> GameRoomConfiguration {
        guard let kind = GameRoomConfiguration.Kind(rawValue: script.game), !script.parts.isEmpty else {
            throw ValidationError("\(self.file): nobody moves in it, in a game that is known here")
        }
        var settings = GameRoomConfiguration()
        self.server.apply(to: &settings)
        settings.rooms.kind = kind
        settings.rooms.count = self.copies
        settings.rooms.players = max(script.parts.count, kind.definition?.description.players.lowerBound ?? 1)
        settings.rooms.rate = GameRoomConfiguration.Rooms.rates.upperBound
        settings.brains = Shares([(.legal, 1)])
        let length = script.length - min(script.beginning, script.length)
        // It ends with the last move. Rounds are called and counted down at the rooms' own pace, however fast the moves.
        settings.run.duration = .milliseconds(Double(length) / min(1, self.warp)) + .seconds(60)
        return settings
    }
}
