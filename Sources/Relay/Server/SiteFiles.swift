import CPages
import Foundation
import NIOCore

/// The files of the pages, by their path below `site`: part of the program, or read anew at each request from a directory
/// that somebody is at work on.
struct SiteFiles: Sendable {
    private let built: [String: Content]
    /// Without symbolic links on the way.
    private let directory: URL?
    private let path: String

    /// - Parameters:
    ///   - directory: where files are looked for first, as `RELAY_PAGES` names it; nil or empty: nowhere.
    ///   - path: where Socket.IO answers, and its client is.
    /// - Throws: ``NoDirectory``.
    init(directory: String?, path: String = Self.standardPath) throws(NoDirectory) {
        self.path = path
        self.directory = try directory.flatMap { $0.isEmpty ? nil : $0 }.map { (name) throws(NoDirectory) in
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: name, isDirectory: &isDirectory), isDirectory.boolValue else {
                throw NoDirectory(name: name)
            }
            return URL(fileURLWithPath: name, isDirectory: true).resolvingSymlinksInPath()
        }
        var built: [String: Content] = [:]
        for index in 0..<page_file_count() {
            guard let file = page_file_at(index) else { continue }
            let name = String(cString: file.pointee.name)
            let bytes = UnsafeRawBufferPointer(start: file.pointee.bytes, count: file.pointee.size)
            built[name] = Self.content(ByteBuffer(bytes: bytes), name, path)
        }
        self.built = built
    }

    /// The file called so, such as `chat/chat.js`.
    func file(named name: String) -> Content? { self.inDirectory(name) ?? self.built[name] }

    /// What is at a path of the site: `/` is `index.html`, and a page goes without its `.html`.
    func file(at path: String) -> Content? {
        guard path.hasPrefix("/") else { return nil }
        guard path != "/" else { return self.file(named: "index.html") }
        let name = String(path.dropFirst())
        return self.file(named: name) ?? self.file(named: name + ".html")
    }

    /// The official browser client, which the set-up fetches; nil where it was not there when this was built.
    var client: Content? { self.built["vendor/socket.io.min.js"] }

    private func inDirectory(_ name: String) -> Content? {
        guard let directory, Self.isPlain(name) else { return nil }
        let file = directory.appendingPathComponent(name).resolvingSymlinksInPath()
        guard file.path.hasPrefix(directory.path + "/") else { return nil }
        return (try? Data(contentsOf: file)).map {
            Self.content(ByteBuffer(bytes: $0), name, self.path)
        }
    }

    /// `RELAY_PAGES` names something else.
    struct NoDirectory: Error, CustomStringConvertible {
        let name: String
        var description: String { "RELAY_PAGES: \(self.name) is no directory" }
    }

    /// What the pages have as the path, and most relays.
    private static let standardPath = "/socket.io/"

    /// A page names the client, from whose address its scripts have the path.
    private static func content(_ body: ByteBuffer, _ name: String, _ path: String) -> Content {
        guard path != Self.standardPath, name.hasSuffix(".html") else { return .file(body, name) }
        let text = String(buffer: body).replacing("\"\(Self.standardPath)", with: "\"\(path)")
        return .file(ByteBuffer(string: text), name)
    }

    /// Whether a name leads nowhere but down, and to nothing hidden.
    private static func isPlain(_ name: String) -> Bool {
        name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { level in
            !level.isEmpty && !level.hasPrefix(".")
                && level.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }
}

extension Content {
    /// A file, compressed here and now.
    fileprivate static func file(_ body: ByteBuffer, _ name: String) -> Content {
        let type = self.type(of: name)
        let compressible = type.hasPrefix("text/") || type == "image/svg+xml"
        return Content(
            type: type, body: body, tag: EntityTag(of: body),
            gzipped: compressible ? Gzip.compress(body, .file) : nil)
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "txt": "text/plain; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        default: "application/octet-stream"
        }
    }
}
