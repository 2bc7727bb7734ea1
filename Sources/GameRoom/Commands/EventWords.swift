import Game
import NIOCore
import SocketIO

extension LogEvent {
    /// The event as a line for people: `12.35 s  #42  seat 1  drop {"col":3}`.
    /// - Parameters:
    ///   - time: milliseconds since the room began.
    ///   - kinds: the names of the game's own kinds.
    func line(at time: UInt32, kinds: [GameDescription.NamedKind]) -> String {
        let tenths = time / 100
        let who = self.seat == .server ? "room  " : "seat \(self.seat)"
        let data = self.kind == .hole ? "" : " \(self.dataWords)"
        return "\(tenths / 10).\(tenths % 10) s  #\(self.number)  \(who)  \(self.kind.name(among: kinds))\(data)"
    }

    private var dataWords: String {
        switch self.data {
        case .json(let json): String(String(buffer: json.bytes).prefix(200))
        case .binary(let bytes): bytes.textOrCount
        }
    }
}

extension EventKind {
    fileprivate func name(among kinds: [GameDescription.NamedKind]) -> String {
        kinds.first { $0.kind == self }?.name ?? Self.names[self.rawValue] ?? "kind \(self.rawValue)"
    }

    private static let names: [UInt8: String] = [
        0: "(for others)", 1: "join", 2: "leave", 3: "away", 4: "back", 5: "host", 6: "ready", 7: "state", 8: "chat",
        9: "properties", 10: "timer", 11: "end", 12: "bot", 13: "hash", 14: "desync", 15: "snapshot",
    ]
}

extension ByteBuffer {
    /// JSON as it is, since binary frames carry it as text; of other bytes, how many they are.
    fileprivate var textOrCount: String {
        guard let json = try? JSON(validating: self) else { return "\(self.readableBytes) bytes" }
        return String(String(buffer: json.bytes).prefix(200))
    }
}

extension GameCopy {
    /// The board, or who is where with how many coins, as far as it is known.
    var picture: String? {
        if let board = self.rules?.state(since: nil, as: .json).json?["board"]?.string {
            return Self.rows(of: board)
        }
        guard !self.arena.view.players.isEmpty else { return nil }
        return self.arena.view.players.map { "seat \($0.seat) at \($0.x),\($0.y) has \($0.score)" }
            .joined(separator: "; ")
    }

    private static func rows(of board: String) -> String {
        let width = board.utf8.count == 42 ? 7 : 3
        let cells = Array(board)
        return stride(from: 0, to: cells.count, by: width)
            .map { "    " + cells[$0..<min($0 + width, cells.count)].map(String.init).joined(separator: " ") }
            .joined(separator: "\n")
    }
}
