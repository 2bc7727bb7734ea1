/// A client of Server-Sent Events that shows what came: every field, comments and the end of the stream.
package final class EventStreamClient: Sendable {
    /// What came until an empty line (HTML standard, "Parsing an event stream").
    package struct Block: Sendable, Equatable {
        package var fields: [(name: String, value: String)]

        package subscript(name: String) -> String? { self.fields.last { $0.name == name }?.value }
        /// The lines of data, joined.
        package var data: String { self.fields.filter { $0.name == "data" }.map(\.value).joined(separator: "\n") }
        package var json: JSONValue { JSONValue(parsing: self.data) ?? .null }
        package var isComment: Bool { self.fields.allSatisfy(\.name.isEmpty) }

        package static func == (left: Self, right: Self) -> Bool {
            left.fields.elementsEqual(right.fields, by: ==)
        }
    }

    /// The relay did not begin a stream.
    package struct Refused: Error { package let answer: HTTPAnswer }

    package let connection: TCPConnection
    package let head: HTTPAnswer

    /// Asks for a stream, and waits for the head of the answer.
    package init(
        port: Int, _ target: String, headers: [String: String] = [:], receiveBuffer: Int? = nil
    ) async throws {
        self.connection = try await TCPConnection(port: port, receiveBuffer: receiveBuffer)
        let http = RawHTTP(over: self.connection, port: port)
        try await http.send("GET", target, headers: headers)
        self.head = try await http.head()
        guard self.head.status == 200 else { throw Refused(answer: self.head) }
    }

    /// The next block; nil at the end of the stream, which must be the one that HTTP has for it.
    package func block(within limit: Duration = .seconds(60)) async throws -> Block? {
        var text = ""
        while true {
            // A chunk of the answer is a block, since the relay writes it so; but nothing promises it.
            guard let chunk = try await self.chunk(within: limit) else { return nil }
            text += chunk
            guard text.hasSuffix("\n\n") else { continue }
            let fields = text.split(separator: "\n").map { line -> (name: String, value: String) in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count == 2 ? parts[1] : ""
                return (String(parts[0]), String(value.hasPrefix(" ") ? value.dropFirst() : value))
            }
            return Block(fields: fields)
        }
    }

    /// The next event; nil at the end of the stream.
    package func event(within limit: Duration = .seconds(60)) async throws -> Block? {
        while let block = try await self.block(within: limit) { if block["event"] != nil { return block } }
        return nil
    }

    package func events(_ count: Int, within limit: Duration = .seconds(60)) async throws -> [Block] {
        var events: [Block] = []
        while events.count < count, let event = try await self.event(within: limit) { events.append(event) }
        return events
    }

    package func close() async { await self.connection.close() }

    private func chunk(within limit: Duration) async throws -> String? {
        let bytes: [UInt8] = try await self.connection.read(within: limit, "a chunk of the stream") { bytes, _ in
            guard let line = bytes.firstIndex(of: 13), line + 1 < bytes.count else { return nil }
            let size = String(decoding: bytes[..<line], as: UTF8.self)
            guard let length = Int(size, radix: 16) else { throw RawHTTP.Malformed(bytes: size) }
            guard bytes.count >= line + 4 + length else { return nil }
            let chunk = Array(bytes[(line + 2)..<(line + 2 + length)])
            bytes.removeFirst(line + 4 + length)
            return chunk
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
