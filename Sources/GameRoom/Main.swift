import ArgumentParser

@main
struct GameRoomCommand: AsyncParsableCommand {
    static let version = "1.0.0"
    func run() async throws {}
}
