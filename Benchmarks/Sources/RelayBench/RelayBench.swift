internal import ArgumentParser
internal import Foundation
internal import LoadGenerator

@main
struct RelayBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay-bench",
        abstract: "Measures Relay beside its peers, in alternating rounds.",
        subcommands: [Run.self, Floor.self],
        defaultSubcommand: Run.self)
}

/// The floor as a process of its own, so that its CPU time is counted as any other server's.
struct Floor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write ready-made frames to sockets.", shouldDisplay: false)

    enum Work: String, ExpressibleByArgument { case everyone, oneInTurn, unpaced, rooms }
    enum Content: String, ExpressibleByArgument { case text, binary }

    @Option var work: Work
    @Option var sockets: Int
    @Option var perSecond: Double = 0
    @Option var framesPerWrite: Int = 1
    @Option var roomSize: Int = 1
    @Option var content: Content = .text
    @Option var size: Int = 200

    func run() throws {
        let frame: FloorFrame =
            switch content {
            case .text: .text(.telemetry(size: size))
            case .binary: .binary(.binary(size: size))
            }
        let chosen: FloorServer.Work =
            switch work {
            case .everyone: .everyone(perSecond: perSecond)
            case .oneInTurn: .oneInTurn(perSecond: perSecond)
            case .unpaced: .unpaced(framesPerWrite: framesPerWrite)
            case .rooms: .rooms(size: roomSize)
            }
        var server = FloorServer(work: chosen, sockets: sockets, frame: frame)
        try server.run { port in
            FileHandle.standardOutput.write(Data("floor: listening on http://127.0.0.1:\(port)\n".utf8))
        }
    }
}
