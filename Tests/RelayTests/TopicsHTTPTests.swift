import TestSupport
import Testing

/// Topics over plain HTTP: last values, and polling for them.
@Suite("topics over HTTP: last values", .timeLimit(.minutes(3)))
struct TopicsHTTPTests {
    @Test("a value comes as the device wrote it, its type by what it is and by the rule")
    func types() async throws {
        try await withTopics { setting in
            let cases: [(topic: String, payload: [UInt8], type: String)] = [
                ("devices/one/telemetry", Array(#" {"a": 1.50,  "b":"é"}"#.utf8), "application/json"),
                ("devices/one/log", Array("plain words".utf8), "application/octet-stream"),
                ("devices/one/frame", Array(#"{"a":1}"#.utf8), "application/octet-stream"),
                ("devices/one/text", Array("plain words".utf8), "text/plain; charset=utf-8"),
                ("devices/one two%/text", [0xff, 0, 1], "application/octet-stream"),
            ]
            for (topic, payload, type) in cases {
                try await setting.device.publish(topic, payload)
                let answer = try await setting.value(of: topic)
                #expect(answer.body == payload, "\(topic)")
                #expect(answer["content-type"] == type, "\(topic)")
                #expect(answer["cache-control"] == "no-cache")
                #expect(answer["vary"]?.contains("Authorization") == true)
                #expect(answer["etag"]?.hasPrefix("\"") == true)
                #expect(answer["last-modified"]?.hasSuffix(" GMT") == true)
            }
        }
    }

    @Test("a slash in a topic may be sent as it is or encoded")
    func slashes() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            _ = try await setting.value(of: "devices/one/telemetry")
            let answer = try await setting.get("/api/topics/devices%2Fone/telemetry")
            #expect(answer.status == 200)
            #expect(answer.text == "1")
        }
    }

    @Test("who has the value is told so without it; a HEAD says the same without a body")
    func unchanged() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", #"{"a":1}"#)
            let first = try await setting.value(of: "devices/one/telemetry")
            let tag = try #require(first["etag"])
            for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try await setting.get("/api/topics/devices/one/telemetry", ["If-None-Match": known])
                #expect(again.status == 304, "\(known)")
                #expect(again["etag"] == tag)
                #expect(again.body.isEmpty)
            }
            let other = try await setting.get("/api/topics/devices/one/telemetry", ["If-None-Match": "\"other\""])
            #expect(other.status == 200)
            let head = try await RawHTTP.request(
                port: setting.relay.port, "HEAD", "/api/topics/devices/one/telemetry")
            #expect(head.status == 200)
            #expect(head["content-length"] == "7")
            #expect(head["etag"] == tag)

            try await setting.device.publish("devices/one/telemetry", #"{"a":2}"#)
            try await eventually("the second value", within: .seconds(60)) {
                try await setting.get("/api/topics/devices/one/telemetry", ["If-None-Match": tag]).status == 200
            }
        }
    }

    @Test("a topic outside the rules is forbidden, one without a value not found, what is no topic bad input")
    func refusals() async throws {
        try await withTopics { setting in
            let cases = [
                ("/api/topics/devices/one/commands", 403, "FORBIDDEN"), ("/api/topics/elsewhere", 403, "FORBIDDEN"),
                ("/api/topics/private/x", 403, "FORBIDDEN"), ("/api/topics/devices/one/telemetry", 404, "NOT_FOUND"),
                ("/api/topics/devices/%2B/telemetry", 400, "BAD_INPUT"), ("/api/topics/devices/%23", 400, "BAD_INPUT"),
                ("/api/topics/", 400, "BAD_INPUT"), ("/api/topics/devices/%00/telemetry", 400, "BAD_INPUT"),
                ("/api/topics", 400, "BAD_INPUT"), ("/api/topics?filter=devices/%23", 403, "FORBIDDEN"),
                ("/api/topics?filter=a%23", 400, "BAD_INPUT"), ("/api/elsewhere", 404, "NOT_FOUND"),
                ("/api/topics/devices/one/telemetry?wait=-1", 400, "BAD_INPUT"),
                ("/api/topics/devices/one/telemetry?wait=3600", 400, "BAD_INPUT"),
                ("/api/topics/devices/one/telemetry?wait=99999999999999999999", 400, "BAD_INPUT"),
            ]
            for (target, status, code) in cases {
                let answer = try await setting.get(target)
                #expect(answer.status == status, "\(target)")
                #expect(answer["content-type"] == "application/json", "\(target)")
                #expect(answer.json["ok"] == false, "\(target)")
                #expect(answer.json["code"].string == code, "\(target)")
                #expect(answer.json["message"].string?.isEmpty == false, "\(target)")
            }
        }
    }

    @Test("a list has all that its filters match, bytes as base64")
    func list() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", #"{"a": 1}"#)
            try await setting.device.publish("devices/two/telemetry", "2")
            try await setting.device.publish("devices/two/frame", [1, 2, 255])
            try await setting.device.publish("devices/two/text", "words\n")
            _ = try await setting.value(of: "devices/two/text")
            let target = "/api/topics?filter=devices/%2B/telemetry&filter=devices/two/frame&filter=devices/two/%2b"
            let refused = try await setting.get(target)
            #expect(refused.status == 403, "devices/two/+ is not within the rules")

            let answer = try await setting.get(
                "/api/topics?filter=devices/%2B/telemetry&filter=devices/two/frame&filter=devices/%2B/text")
            #expect(answer.status == 200)
            let list = try #require(answer.json.array)
            #expect(
                list.map { $0["topic"] } == [
                    "devices/one/telemetry", "devices/two/telemetry", "devices/two/frame", "devices/two/text",
                ])
            #expect(list.map { $0["payload"] } == [["a": 1], 2, ["base64": "AQL/"], "words\n"])
            #expect(list.allSatisfy { ($0["at"].int ?? 0) > 1_700_000_000_000 })

            let tag = try #require(answer["etag"])
            let again = try await setting.get(
                "/api/topics?filter=devices/%2B/telemetry&filter=devices/two/frame&filter=devices/%2B/text",
                ["If-None-Match": tag])
            #expect(again.status == 304)
            #expect(try await setting.get("/api/topics?filter=devices/none/telemetry").text == "[]")
        }
    }

    @Test(
        "a list larger than anybody would keep whole comes whole all the same, and costs no memory while nobody reads")
    func longList() async throws {
        try await withTopics { setting in
            let filling = String(repeating: "x", count: 10_000)
            let count = 2_000
            for number in 0..<count { try await setting.device.pour("devices/\(number)/telemetry", "\"\(filling)\"") }
            try await setting.device.publish("devices/last/telemetry", "1")
            _ = try await setting.value(of: "devices/last/telemetry")
            let before = try #require(setting.relay.child.memory).resident
            var lazy: [TCPConnection] = []
            for _ in 0..<20 {
                let connection = try await TCPConnection(port: setting.relay.port, receiveBuffer: 16_384)
                try await connection.stopReading()
                let http = RawHTTP(over: connection, port: setting.relay.port)
                try await http.send("GET", "/api/topics?filter=devices/%2B/telemetry")
                lazy.append(connection)
            }
            let answer = try await RawHTTP.request(
                port: setting.relay.port, "GET", "/api/topics?filter=devices/%2B/telemetry", within: .seconds(60))
            #expect(answer["content-length"] == nil)
            let list = try #require(answer.json.array)
            #expect(list.count == count + 1)
            #expect(list.dropLast().allSatisfy { $0["payload"].string?.count == 10_000 })
            // Whole, the list is 20 MB for each of them.
            let after = try #require(setting.relay.child.memory).resident
            #expect(after - before < 100_000_000, "\(before) → \(after)")
            for connection in lazy { await connection.close() }
        }
    }

    @Test("a retained delete takes the value away")
    func deleted() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1", retain: true)
            let tag = try #require(try await setting.value(of: "devices/one/telemetry")["etag"])
            try await setting.device.publish("devices/one/telemetry", "", retain: true)
            try await eventually("the value's end", within: .seconds(60)) {
                try await setting.get("/api/topics/devices/one/telemetry", ["If-None-Match": tag]).status == 404
            }
        }
    }

    @Test("a namespace with a pattern for a name shows what each of its matches does")
    func patterns() async throws {
        try await withTopics { setting in
            try await setting.device.publish("site/north/one/telemetry", "1")
            #expect(try await setting.value(of: "site/north/one/telemetry").text == "1")
            #expect(try await setting.get("/api/topics?filter=site/%2B/one/telemetry").json[0]["payload"] == 1)
            #expect(try await setting.get("/api/topics/site//one/telemetry").status == 403, "no name is empty")
            // `/site/secret` is a namespace of its own, with a token.
            try await setting.device.publish("site/secret/one/telemetry", "2")
            let token = ["Authorization": "Bearer hush"]
            #expect(try await setting.value(of: "site/secret/one/telemetry", token).text == "2")
            #expect(try await setting.get("/api/topics/site/secret/one/telemetry").status == 403)
            let open = try await setting.get("/api/topics?filter=site/%2B/one/telemetry")
            #expect(open.json.array?.map { $0["payload"] } == [1])
        }
    }

    @Test("a token opens its namespace besides the open ones; a wrong one is refused")
    func tokens() async throws {
        try await withTopics { setting in
            try await setting.device.publish("private/x", "1")
            try await setting.device.publish("devices/one/telemetry", "2")
            let token = ["Authorization": "Bearer sesame"]
            #expect(try await setting.value(of: "private/x", token).text == "1")
            #expect(try await setting.value(of: "devices/one/telemetry", token).text == "2")
            #expect(try await setting.get("/api/topics/private/x", ["Authorization": "bearer  sesame"]).status == 200)
            #expect(try await setting.get("/api/topics/private/x", ["Authorization": "Bearer hush"]).status == 403)
            for wrong in ["Bearer sesam", "Bearer sesame2", "Bearer ", "Bearer sesame,sesame"] {
                let answer = try await setting.get("/api/topics/devices/one/telemetry", ["Authorization": wrong])
                #expect(answer.status == 401, "\(wrong)")
                #expect(answer.json["code"] == "UNAUTHORIZED", "\(wrong)")
                #expect(answer["www-authenticate"] == "Bearer", "\(wrong)")
            }
            let other = try await setting.get("/api/topics/devices/one/telemetry", ["Authorization": "Basic Og=="])
            #expect(other.status == 200, "another scheme is none of ours")
        }
    }

    @Test("pages of allowed origins may read, those of others get no leave")
    func origins() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            _ = try await setting.value(of: "devices/one/telemetry")
            let own = try await setting.get(
                "/api/topics/devices/one/telemetry", ["Origin": "http://localhost:3000"])
            #expect(own["access-control-allow-origin"] == "http://localhost:3000")
            #expect(own["access-control-expose-headers"] == "ETag")
            let foreign = try await setting.get("/api/topics/devices/one/telemetry", ["Origin": "http://evil.example"])
            #expect(foreign["access-control-allow-origin"] == nil)
            let preflight = try await RawHTTP.request(
                port: setting.relay.port, "OPTIONS", "/api/topics/devices/one/telemetry",
                headers: [
                    "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization",
                ])
            #expect(preflight.status == 204)
            #expect(preflight["access-control-allow-headers"] == "authorization")
            #expect(preflight["access-control-allow-methods"]?.contains("POST") == true)
        }
    }
}

/// Requests that wait for a value.
@Suite("topics over HTTP: long polls", .timeLimit(.minutes(3)))
struct TopicsLongPollTests {
    @Test("a request that waits is answered when the value changes, and not when it comes again")
    func changes() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            let tag = try #require(try await setting.value(of: "devices/one/telemetry")["etag"])
            let http = try await RawHTTP(port: setting.relay.port)
            try await http.send(
                "GET", "/api/topics/devices/one/telemetry?wait=55", headers: ["If-None-Match": tag])
            try await setting.untilWaiting(1)
            try await setting.device.publish("devices/one/telemetry", "1")
            try await setting.device.publish("devices/two/telemetry", "5")
            _ = try await setting.value(of: "devices/two/telemetry")
            try await setting.untilWaiting(1)
            try await setting.device.publish("devices/one/telemetry", "2")
            let answer = try await http.answer(within: .seconds(50))
            #expect(answer.status == 200)
            #expect(answer.text == "2")
            #expect(answer["etag"] != tag)
            try await setting.untilWaiting(0)
            // The connection goes on.
            #expect(try await http.request("GET", "/healthz").text == "ok\n")
        }
    }

    @Test("a request that waits in vain is answered 304, or 404 where there never was a value")
    func inVain() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            let tag = try #require(try await setting.value(of: "devices/one/telemetry")["etag"])
            let unchanged = try await setting.get(
                "/api/topics/devices/one/telemetry?wait=1", ["If-None-Match": tag])
            #expect(unchanged.status == 304)
            let none = try await setting.get("/api/topics/devices/two/telemetry?wait=1")
            #expect(none.status == 404)
        }
    }

    @Test("who knows no value waits for the first; who knows another gets this one at once")
    func first() async throws {
        try await withTopics { setting in
            let http = try await RawHTTP(port: setting.relay.port)
            try await http.send("GET", "/api/topics/devices/one/telemetry?wait=55")
            try await setting.untilWaiting(1)
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await http.answer(within: .seconds(50)).text == "1")
            let other = try await http.request(
                "GET", "/api/topics/devices/one/telemetry?wait=55", headers: ["If-None-Match": "\"other\""])
            #expect(other.text == "1")
        }
    }

    @Test("a delete answers whoever waits with the value")
    func deleted() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1", retain: true)
            let tag = try #require(try await setting.value(of: "devices/one/telemetry")["etag"])
            let http = try await RawHTTP(port: setting.relay.port)
            try await http.send("GET", "/api/topics/devices/one/telemetry?wait=55", headers: ["If-None-Match": tag])
            try await setting.untilWaiting(1)
            try await setting.device.publish("devices/one/telemetry", "", retain: true)
            #expect(try await http.answer(within: .seconds(50)).status == 404)
        }
    }

    @Test("who goes away waits no longer, and a stop answers those who stay")
    func ending() async throws {
        try await withTopics { setting in
            let gone = try await RawHTTP(port: setting.relay.port)
            try await gone.send("GET", "/api/topics/devices/one/telemetry?wait=55")
            try await setting.untilWaiting(1)
            await gone.connection.close()
            try await setting.untilWaiting(0)

            let staying = try await RawHTTP(port: setting.relay.port)
            try await staying.send("GET", "/api/topics/devices/one/telemetry?wait=55")
            try await setting.untilWaiting(1)
            async let stopped = setting.relay.stop()
            let answer = try await staying.answer(within: .seconds(50))
            #expect(answer.status == 503)
            #expect(answer.json["code"] == "BUSY")
            #expect(try await stopped == 0)
        }
    }

    @Test("no more wait than there may be clients; the rest is refused and counted")
    func bounded() async throws {
        try await withTopics(connections: 2) { setting in
            var waiting: [RawHTTP] = []
            for _ in 0..<2 {
                let http = try await RawHTTP(port: setting.relay.port)
                try await http.send("GET", "/api/topics/devices/one/telemetry?wait=55")
                waiting.append(http)
            }
            try await setting.untilWaiting(2)
            let refused = try await setting.get("/api/topics/devices/one/telemetry?wait=55")
            #expect(refused.status == 503)
            #expect(refused.json["code"] == "BUSY")
            #expect(refused["retry-after"] != nil)
            #expect(try await setting.metric("relay_http_waits_refused_total") == 1)
            await waiting[0].connection.close()
            try await setting.untilWaiting(1)
            let room = try await setting.get("/api/topics/devices/one/telemetry?wait=1")
            #expect(room.status == 404)
        }
    }
}

extension TopicsSetting {
    func get(_ target: String, _ headers: [String: String] = [:]) async throws -> HTTPAnswer {
        try await RawHTTP.get(port: self.relay.port, target, headers: headers)
    }

    /// Waits until the topic has a value wherever one may ask.
    func value(of topic: String, _ headers: [String: String] = [:]) async throws -> HTTPAnswer {
        let target = "/api/topics/" + topic.replacing("%", with: "%25").replacing(" ", with: "%20")
        // Connections are dealt out in turn: as many as there are loops reach each of them.
        var answers: [HTTPAnswer] = []
        try await eventually("a value of \(topic)", within: .seconds(60)) {
            answers = []
            for _ in 0..<TopicsSetting.threads { answers.append(try await self.get(target, headers)) }
            return answers.allSatisfy { $0.status == 200 }
        }
        return answers[0]
    }

    func metric(_ name: String) async throws -> Int? { try await self.relay.metric(name) }

    /// Waits until so many requests wait for values.
    func untilWaiting(_ count: Int) async throws {
        try await eventually("\(count) that wait", within: .seconds(60)) {
            try await self.metric("relay_http_waiting") == count
        }
    }
}
