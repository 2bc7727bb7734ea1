import Foundation
import NIOCore

/// The official browser client, which is fetched at set-up and not part of this project.
enum ClientFile {
    /// The first of: what `RELAY_CLIENT_FILE` names, `socket.io.min.js` beside the executable, and in `.cache/client`
    /// of the working directory or of a directory above the executable (where it was built). Nil when there is none.
    static func load() -> ByteBuffer? {
        for path in self.candidates {
            if let data = FileManager.default.contents(atPath: path) { return ByteBuffer(bytes: data) }
        }
        return nil
    }

    private static var candidates: [String] {
        let name = "socket.io.min.js"
        let cached = ".cache/client/" + name
        var paths: [String] = []
        if let named = ProcessInfo.processInfo.environment["RELAY_CLIENT_FILE"] { paths.append(named) }
        guard var directory = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent() else {
            return paths + [cached]
        }
        paths += [directory.appendingPathComponent(name).path, cached]
        for _ in 0..<5 {
            paths.append(directory.appendingPathComponent(cached).path)
            directory.deleteLastPathComponent()
        }
        return paths
    }
}
