import NIOCore
import NIOHTTP1
import SocketIOServer

/// What is served under an entity tag: made once for files, for each answer else.
struct Content: Sendable {
    let type: String
    let body: ByteBuffer
    let tag: EntityTag
    /// The body compressed, where that was done beforehand.
    var gzipped: ByteBuffer?

    /// Smaller bodies are not worth compressing.
    private static let smallestCompressed = 1_000

    /// Whether compressing may save anything: not what devices send as bytes.
    private var isText: Bool { self.type.hasPrefix("text/") || self.type.hasPrefix("application/json") }

    fileprivate func compressed() -> ByteBuffer? {
        if let gzipped { return gzipped }
        guard self.isText, self.body.readableBytes > Self.smallestCompressed else { return nil }
        return Gzip.compress(self.body, .answer)
    }
}

extension HTTPExchange {
    /// Answers with this, compressed where the client takes that; 304 to whoever has it. A `vary` among the headers must
    /// name `Accept-Encoding`.
    func respond(_ content: Content, _ headers: [(String, String)]) {
        guard !content.tag.isKnown(to: self.head.headers["if-none-match"]) else {
            return self.respond(.notModified, headers + [("etag", "\(content.tag)")])
        }
        let headers = headers + [("content-type", content.type), ("x-content-type-options", "nosniff")]
        guard self.acceptsGzip, let compressed = content.compressed() else {
            return self.respond(.ok, headers + [("etag", "\(content.tag)")], body: content.body)
        }
        self.respond(
            .ok, headers + [("etag", content.tag.weak), ("content-encoding", "gzip")], body: compressed)
    }

    /// Whether the client takes gzip (RFC 9110 §12.5.3).
    var acceptsGzip: Bool {
        var byStar = false
        for entry in self.head.headers[canonicalForm: "accept-encoding"] {
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            switch parts.first {
            case "gzip", "x-gzip": return weight > 0
            case "*": byStar = weight > 0
            default: break
            }
        }
        return byStar
    }
}
