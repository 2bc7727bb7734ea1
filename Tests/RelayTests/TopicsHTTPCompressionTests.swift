import Foundation
import TestSupport
import Testing

/// What is sent compressed, and to whom.
@Suite("topics over HTTP: compression", .timeLimit(.minutes(3)))
struct TopicsHTTPCompressionTests {
    private static let gzip = ["Accept-Encoding": "br, gzip;q=0.5"]

    @Test("long JSON goes compressed to whoever takes that, under a weak tag that still says 304")
    func values() async throws {
        try await withTopics { setting in
            let value = "[" + (0..<500).map(String.init).joined(separator: ", ") + "]"
            try await setting.device.publish("devices/one/telemetry", value)
            let plain = try await setting.value(of: "devices/one/telemetry")
            #expect(plain["content-encoding"] == nil)
            #expect(plain.text == value)

            let compressed = try await setting.get("/api/topics/devices/one/telemetry", Self.gzip)
            #expect(compressed["content-encoding"] == "gzip")
            #expect(compressed["vary"]?.contains("Accept-Encoding") == true)
            #expect(compressed.body.count < value.utf8.count / 2)
            #expect(try await unzipped(compressed.body) == value)
            let tag = try #require(compressed["etag"])
            #expect(tag == plain["etag"].map { "W/" + $0 })
            let again = try await setting.get(
                "/api/topics/devices/one/telemetry", Self.gzip.merging(["If-None-Match": tag]) { $1 })
            #expect(again.status == 304)

            for refused in ["gzip;q=0", "identity", "gzip;q=0, *", "br"] {
                let answer = try await setting.get(
                    "/api/topics/devices/one/telemetry", ["Accept-Encoding": refused])
                #expect(answer["content-encoding"] == nil, "\(refused)")
                #expect(answer.text == value)
            }
        }
    }

    @Test("short values, bytes and event streams go as they are")
    func uncompressed() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", #"{"a":1}"#)
            try await setting.device.publish("devices/one/frame", [UInt8](repeating: 0, count: 5_000))
            _ = try await setting.value(of: "devices/one/frame")
            for topic in ["devices/one/telemetry", "devices/one/frame"] {
                let answer = try await setting.get("/api/topics/" + topic, Self.gzip)
                #expect(answer["content-encoding"] == nil, "\(topic)")
            }
            let stream = try await setting.stream("filter=devices/one/telemetry", Self.gzip)
            #expect(stream.head["content-encoding"] == nil)
            #expect(try await stream.event()?.json["payload"] == ["a": 1])
        }
    }

    @Test("lists go compressed, those that are made as they are taken too")
    func lists() async throws {
        try await withTopics { setting in
            let filling = String(repeating: "0123456789", count: 50)
            for count in [10, 3_000] {
                for number in 0..<count { try await setting.device.pour("devices/\(number)/text", filling) }
                try await setting.device.publish("devices/last/telemetry", "\(count)")
                try await eventually("\(count) values", within: .seconds(60)) {
                    try await setting.value(of: "devices/last/telemetry").text == "\(count)"
                }
                let target = "/api/topics?filter=devices/%2B/text"
                let plain = try await setting.get(target)
                let compressed = try await setting.get(target, Self.gzip)
                #expect(compressed["content-encoding"] == "gzip")
                #expect(compressed.body.count < plain.body.count / 5)
                let list = try #require(JSONValue(parsing: try await unzipped(compressed.body)))
                #expect(list == plain.json)
                #expect(list.array?.count == count)
            }
        }
    }

    @Test("pages go compressed")
    func pages() async throws {
        try await withTopics { setting in
            for path in ["/", "/devices/devices.js", "/socket.io/socket.io.js"] {
                let plain = try await setting.get(path)
                let compressed = try await setting.get(path, Self.gzip)
                #expect(compressed["content-encoding"] == "gzip")
                #expect(compressed["content-type"] == plain["content-type"])
                #expect(compressed["vary"]?.contains("Accept-Encoding") == true)
                #expect(try await unzipped(compressed.body) == plain.text)
            }
        }
    }
}

/// What `gzip` makes of it.
private func unzipped(_ bytes: [UInt8]) async throws -> String {
    let directory = try TemporaryDirectory()
    let file = directory.path + "/answer.gz"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    let child = try ChildProcess(URL(fileURLWithPath: "/bin/gzip"), ["-dc", file])
    while try await child.lines.next(within: .seconds(30), "what gzip says") != nil {}
    try #require(try await child.exitCode() == 0)
    return child.standardOutput
}
