import ArgumentParser

@main
struct GameRoomCommand: AsyncParsableCommand {
    static let version = "game-room 1.0.0"

    static let configuration = CommandConfiguration(
        commandName: "game-room",
        abstract: "Simulated players in game rooms: moves, churn, cheating, load; and the proof that the rooms hold.",
        discussion: """
            Each player is a client of its own with a copy of everything that the server has told it, and holds that \
            against what the contract promises: numbers without gaps, one log for all, every move once, one host. What \
            does not hold is reported with its room, its event and the command that repeats it.

            `game-room play --help` lists what a run can be told; the word play may be left out.
            """,
        version: GameRoomCommand.version,
        subcommands: [PlayCommand.self, VerifyCommand.self, WatchCommand.self, ReplayCommand.self],
        defaultSubcommand: PlayCommand.self)
}
