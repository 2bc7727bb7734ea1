/// An HTTP answer as it came.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The body as JSON; null when it is none.
    package var json: JSONValue { JSONValue(parsing: self.body) ?? .null }

    /// The first header of that name, whatever its case.
    package subscript(name: String) -> String? {
        self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// One keep-alive HTTP/1.1 connection, on which anything can be sent and a request can be left half-way.
package final class RawHTTP: Sendable {
    /// What came is no HTTP.
    package struct Malformed: Error { package let bytes: String }

    package let connection: TCPConnection
    private let port: Int

    package init(port: Int) async throws {
        self.port = port
        self.connection = try await TCPConnection(port: port)
    }

    /// HTTP on a connection that is already there.
    package init(over connection: TCPConnection, port: Int) {
        self.port = port
        self.connection = connection
    }

    /// Sends a request and reads its answer.
    package func request(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil,
        within limit: Duration = .seconds(20)
    ) async throws -> HTTPAnswer {
        try await self.send(method, target, headers: headers, body: body)
        return try await self.answer(within: limit, to: method)
    }

    /// Sends a request and does not wait. With `declaredLength` the body promised is longer than the one sent.
    package func send(
        _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil,
        declaredLength: Int? = nil
    ) async throws {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(self.port)\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        if let length = declaredLength ?? body?.count { head += "Content-Length: \(length)\r\n" }
        try await self.connection.send(Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Reads the next answer on this connection.
    package func answer(within limit: Duration = .seconds(20), to method: String = "GET") async throws -> HTTPAnswer {
        try await self.connection.read(within: limit, "an HTTP answer to \(method)") { bytes, ended in
            guard let parsed = try HTTPAnswerParser(bytes, ended: ended, bodiless: method == "HEAD").parse()
            else { return nil }
            bytes.removeFirst(parsed.length)
            return parsed.answer
        }
    }

    /// Reads the head of the next answer, and leaves what follows it.
    package func head(within limit: Duration = .seconds(20)) async throws -> HTTPAnswer {
        try await self.connection.read(within: limit, "the head of an HTTP answer") { bytes, ended in
            guard let parsed = try HTTPAnswerParser(bytes, ended: ended, bodiless: true).parse() else { return nil }
            bytes.removeFirst(parsed.length)
            return parsed.answer
        }
    }

    /// One request on a connection of its own.
    package static func request(
        port: Int, _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil,
        within limit: Duration = .seconds(20)
    ) async throws -> HTTPAnswer {
        let http = try await RawHTTP(port: port)
        let answer = try await http.request(method, target, headers: headers, body: body, within: limit)
        await http.connection.close()
        return answer
    }

    /// A GET on a connection of its own.
    package static func get(
        port: Int, _ target: String, headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
        try await self.request(port: port, "GET", target, headers: headers)
    }
}

/// Reads one answer from the front of some bytes.
private struct HTTPAnswerParser {
    private let bytes: [UInt8]
    private let ended: Bool
    private let bodiless: Bool

    init(_ bytes: [UInt8], ended: Bool, bodiless: Bool) {
        self.bytes = bytes
        self.ended = ended
        self.bodiless = bodiless
    }

    /// The answer and how many bytes it took, nil while it is not complete.
    func parse() throws -> (answer: HTTPAnswer, length: Int)? {
        guard let headEnd = self.firstIndex(of: [13, 10, 13, 10], from: 0) else { return nil }
        let lines = String(decoding: self.bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let start = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard start.count >= 2, start[0] == "HTTP/1.1", let status = Int(start[1]) else {
            throw RawHTTP.Malformed(bytes: String(decoding: self.bytes.prefix(500), as: UTF8.self))
        }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        let bodyStart = headEnd + 4
        let body: (bytes: [UInt8], end: Int)?
        if self.bodiless || status < 200 || status == 204 || status == 304 {
            body = ([], bodyStart)
        } else if let length = header("content-length").flatMap({ Int($0) }) {
            let end = bodyStart + length
            body = end <= self.bytes.count ? (Array(self.bytes[bodyStart..<end]), end) : nil
        } else if header("transfer-encoding")?.lowercased() == "chunked" {
            body = self.chunks(from: bodyStart)
        } else {
            body = self.ended ? (Array(self.bytes[bodyStart...]), self.bytes.count) : nil
        }
        return body.map { (HTTPAnswer(status: status, headers: headers, body: $0.bytes), $0.end) }
    }

    private func chunks(from start: Int) -> (bytes: [UInt8], end: Int)? {
        var position = start
        var body: [UInt8] = []
        while let lineEnd = self.firstIndex(of: [13, 10], from: position) {
            let size = String(decoding: self.bytes[position..<lineEnd], as: UTF8.self).prefix { $0 != ";" }
            guard let length = Int(size, radix: 16), lineEnd + 4 + length <= self.bytes.count else { return nil }
            let data = lineEnd + 2
            body += self.bytes[data..<data + length]
            position = data + length + 2
            if length == 0 { return (body, position) }
        }
        return nil
    }

    private func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
        guard self.bytes.count >= start + pattern.count else { return nil }
        return (start...(self.bytes.count - pattern.count)).first { index in
            self.bytes[index] == pattern[0] && self.bytes[index..<index + pattern.count].elementsEqual(pattern)
        }
    }
}
