import TestSupport
import Testing

/// Topics by Server-Sent Events.
@Suite("topics: event streams", .timeLimit(.minutes(5)))
struct TopicsEventStreamTests {
    @Test("a stream begins with the last values, goes on with the live ones, and says what each is")
    func values() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", #"{"a": 1.50}"#, retain: true)
            _ = try await setting.value(of: "devices/one/telemetry")
            let stream = try await setting.stream("filter=devices/%2B/telemetry&filter=devices/%2B/frame")
            #expect(stream.head["content-type"] == "text/event-stream")
            #expect(stream.head["cache-control"] == "no-cache")
            #expect(stream.head["content-length"] == nil)
            #expect(try await stream.block()?["retry"].flatMap { Int($0) } != nil)

            let first = try #require(try await stream.event())
            #expect(first["event"] == "telemetry")
            #expect(first.json["topic"] == "devices/one/telemetry")
            #expect(first.data.contains(#""payload":{"a": 1.50}"#), "not as the device wrote it: \(first.data)")
            #expect((first.json["at"].int ?? 0) > 1_700_000_000_000)

            try await setting.device.publish("devices/one/telemetry", "{\"a\":\r\n 2,\n\"b\":\r3}")
            try await setting.device.publish("devices/two/frame", [1, 2, 255])
            try await setting.device.publish("devices/two/text", "not asked for")
            try await setting.device.publish("devices/one/telemetry", #""é""#)
            let live = try await stream.events(3)
            #expect(live.map { $0["event"] } == ["telemetry", "frame", "telemetry"])
            #expect(live.map { $0.json["payload"] } == [["a": 2, "b": 3], ["base64": "AQL/"], "é"])
            #expect(live.allSatisfy { $0.json["retained"] == .null })
            let ids = live.compactMap { $0["id"].flatMap { Int($0) } }
            #expect(ids.count == 3 && ids == ids.sorted())
        }
    }

    @Test("snapshot=false begins with what comes")
    func noSnapshot() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            _ = try await setting.value(of: "devices/one/telemetry")
            let stream = try await setting.stream("filter=devices/%2B/telemetry&snapshot=false")
            try await setting.device.publish("devices/one/telemetry", "2")
            #expect(try await stream.event()?.json["payload"] == 2)
        }
    }

    @Test("history=n begins with the values before the last, in order; what may be out of date is stale")
    func historyAndStale() async throws {
        try await withTopics { setting in
            for number in 1...5 { try await setting.device.publish("plant/one/state", "\(number)") }
            try await eventually("the last value", within: .seconds(60)) {
                try await setting.value(of: "plant/one/state").text == "5"
            }
            let stream = try await setting.stream("filter=plant/%2B/state&history=3")
            let events = try await stream.events(3)
            #expect(events.map { $0.json["payload"] } == [3, 4, 5])
            #expect(events.map { $0.json["history"] == true } == [true, true, false])
            setting.broker.kill()
            try await setting.untilReady(false)
            let late = try await setting.stream("filter=plant/%2B/state")
            var event = try #require(try await late.event())
            while event["event"] == "upstream" { event = try #require(try await late.event()) }
            #expect(event.json["payload"] == 5)
            #expect(event.json["stale"] == true)
            // While values of the past were going out the client had nothing to come back with.
            #expect(events[0]["id"] == nil)
            #expect(events[2]["id"] != nil)
        }
    }

    @Test("who comes back with the last id gets what is newer, of each topic, and nothing else")
    func resumption() async throws {
        try await withTopics { setting in
            for name in ["one", "two", "three"] { try await setting.device.publish("devices/\(name)/telemetry", "1") }
            _ = try await setting.value(of: "devices/three/telemetry")
            let first = try await setting.stream("filter=devices/%2B/telemetry")
            let id = try #require(try await first.events(3).last?["id"])
            await first.close()

            let same = try await setting.stream("filter=devices/%2B/telemetry", ["Last-Event-ID": id])
            try await setting.device.publish("devices/one/telemetry", "2")
            try await setting.device.publish("devices/one/telemetry", "3")
            try await setting.device.publish("devices/two/telemetry", "2")
            let events = try await same.events(3)
            #expect(events.map { $0.json["payload"] } == [2, 3, 2], "more than what is newer: \(events)")

            let late = try await setting.stream("filter=devices/%2B/telemetry", ["Last-Event-ID": id])
            let newer = try await late.events(2)
            #expect(
                Set(newer.compactMap { $0.json["topic"].string }) == ["devices/one/telemetry", "devices/two/telemetry"])
            #expect(Set(newer.compactMap { $0.json["payload"].int }) == [2, 3])
            try await setting.device.publish("devices/three/telemetry", "9")
            #expect(try await late.event()?.json["payload"] == 9, "more than what is newer")

            for unknown in ["", "no number", "-5", "9223372036854775807", "99999999999999999999"] {
                let stream = try await setting.stream("filter=devices/%2B/telemetry", ["Last-Event-ID": unknown])
                #expect(try await stream.events(3).count == 3, "\(unknown)")
                await stream.close()
            }
        }
    }

    @Test("the id stays below the value of a topic that waits for its time, so that coming back brings it")
    func idsOfWhatWaits() async throws {
        try await withTopics { setting in
            let stream = try await setting.stream("filter=devices/%2B/telemetry&maxHz=0.01")
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await stream.event()?.json["payload"] == 1)
            // Waits for more than a minute.
            try await setting.device.publish("devices/one/telemetry", "2")
            try await setting.device.publish("devices/two/telemetry", "3")
            let event = try #require(try await stream.event())
            #expect(event.json["payload"] == 3)
            let id = try #require(event["id"])
            await stream.close()
            let back = try await setting.stream("filter=devices/%2B/telemetry", ["Last-Event-ID": id])
            let payloads = try await back.events(2).compactMap { $0.json["payload"].int }
            #expect(Set(payloads) == [2, 3])
        }
    }

    @Test("maxHz: of 1,000 values in about a second few come, the last among them, and say what they stand for")
    func maxHz() async throws {
        try await withTopics { setting in
            let stream = try await setting.stream("filter=devices/one/telemetry&maxHz=5")
            let began = ContinuousClock.now
            for number in 1...1_000 {
                try await setting.device.pour("devices/one/telemetry", "\(number)")
                try await Task.sleep(for: .milliseconds(1))
            }
            var received = 0
            var accounted = 0
            while accounted < 1_000 {
                let event = try #require(try await stream.event())
                received += 1
                accounted += 1 + (event.json["skipped"].int ?? 0)
                #expect(event.json["payload"].int == accounted)
            }
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            #expect(Double(received) <= 5 * seconds + 2)
        }
    }

    @Test("state: who stops reading gets the newest value, in order, and misses no topic")
    func stalledState() async throws {
        try await withTopics(queue: "200kB") { setting in
            let count = 20_000
            let filling = String(repeating: "x", count: 500)
            let stalled = try await setting.stream("filter=devices/%2B/telemetry", receiveBuffer: 16_384)
            let reader = try await setting.stream("filter=devices/%2B/log")
            try await stalled.connection.stopReading()
            let before = try #require(setting.relay.child.memory).resident
            for number in 1...count {
                let device = number.isMultiple(of: 100) ? "slow" : "fast"
                try await setting.device.pour("devices/\(device)/telemetry", #"{"n":\#(number),"x":"\#(filling)"}"#)
                if number.isMultiple(of: 500) { try await setting.device.pour("devices/one/log", "\(number)") }
            }
            let logged = try await reader.events(count / 500).map { $0.json["payload"].int }
            #expect(logged == (1...count / 500).map { $0 * 500 })
            // What comes behind them all is known: the stream's own loop has looked at each of them.
            try await setting.device.publish("devices/one/text", "done")
            _ = try await setting.value(of: "devices/one/text")
            let memory = try #require(setting.relay.child.memory)
            #expect(memory.peak - before < 60_000_000, "\(before) → \(memory)")

            try await stalled.connection.startReading()
            var last: [String: Int] = [:]
            var received = 0
            while last["devices/slow/telemetry"] != count || last["devices/fast/telemetry"] != count - 1 {
                let event = try #require(try await stalled.event())
                let topic = try #require(event.json["topic"].string)
                let number = try #require(event.json["payload"]["n"].int)
                #expect(number > last[topic, default: 0])
                last[topic] = number
                received += 1
            }
            #expect(received < count, "nothing was merged: the stream did not stall")
        }
    }

    @Test("event: who stops reading is ended when more waits than may, and counted")
    func stalledEvent() async throws {
        try await withTopics(queue: "200kB") { setting in
            let stalled = try await setting.stream("filter=devices/%2B/log", receiveBuffer: 16_384)
            try await stalled.connection.stopReading()
            let filling = String(repeating: "x", count: 1_000)
            for _ in 0..<20_000 { try await setting.device.pour("devices/one/log", #"["\#(filling)"]"#) }
            try await eventually("the end of the stalled stream", within: .seconds(60)) {
                try await setting.metric(#"relay_event_streams_ended_total{reason="slow consumer"}"#) == 1
            }
            #expect(try await setting.metric("relay_event_streams") == 0)
        }
    }

    @Test("who goes away is gone; a stop ends those who stay as HTTP ends an answer")
    func ending() async throws {
        try await withTopics { setting in
            let gone = try await setting.stream("filter=devices/%2B/telemetry")
            let staying = try await setting.stream("filter=devices/%2B/telemetry")
            #expect(try await setting.metric("relay_event_streams") == 2)
            await gone.close()
            try await eventually("the end of one", within: .seconds(60)) {
                try await setting.metric("relay_event_streams") == 1
            }
            #expect(try await setting.metric(#"relay_event_streams_ended_total{reason="client gone"}"#) == 1)
            try await setting.device.publish("devices/one/telemetry", "1")
            #expect(try await staying.event()?.json["payload"] == 1)
            async let stopped = setting.relay.stop()
            // Throws when the connection ends and the answer does not.
            while try await staying.block() != nil {}
            #expect(try await stopped == 0)
        }
    }

    @Test("no more streams than there may be clients")
    func bounded() async throws {
        try await withTopics(connections: 2) { setting in
            let first = try await setting.stream("filter=devices/%2B/telemetry")
            let second = try await setting.stream("filter=devices/%2B/telemetry")
            let refused = try await setting.get("/api/events?filter=devices/%2B/telemetry")
            #expect(refused.status == 503)
            #expect(refused.json["code"] == "BUSY")
            #expect(try await setting.metric("relay_event_streams_refused_total") == 1)
            await first.close()
            try await eventually("room for another", within: .seconds(60)) {
                (try? await setting.stream("filter=devices/%2B/telemetry")) != nil
            }
            await second.close()
        }
    }

    @Test("rules, tokens and arguments are looked at as for a value")
    func refusals() async throws {
        try await withTopics { setting in
            for (query, status) in [
                ("", 400), ("filter=devices/%23", 403), ("filter=private/%2B", 403), ("filter=a%23", 400),
                ("filter=devices/%2B/telemetry&maxHz=0", 400), ("filter=devices/%2B/telemetry&maxHz=nan", 400),
                ("filter=devices/%2B/telemetry&snapshot=no", 400),
            ] {
                #expect(try await setting.get("/api/events?" + query).status == status, "\(query)")
            }
            let head = try await RawHTTP.request(
                port: setting.relay.port, "HEAD", "/api/events?filter=devices/%2B/telemetry")
            #expect(head.status == 200)
            #expect(head["content-type"] == "text/event-stream")
            let post = try await RawHTTP.request(
                port: setting.relay.port, "POST", "/api/events?filter=devices/%2B/telemetry", body: [])
            #expect(post.status == 405)

            let own = try await setting.stream(
                "filter=private/%2B", ["Authorization": "Bearer sesame", "Origin": "http://localhost:3000"])
            #expect(own.head["access-control-allow-origin"] == "http://localhost:3000")
            let open = try await setting.stream("filter=devices/%2B/telemetry")
            try await setting.device.publish("private/x", "1")
            try await setting.device.publish("devices/one/telemetry", "2")
            #expect(try await own.event()?.json["payload"] == 1)
            #expect(try await open.event()?.json["payload"] == 2)
        }
    }

    @Test("a pattern's namespaces are one to a stream, but for those that are another namespace's own")
    func patterns() async throws {
        try await withTopics { setting in
            let stream = try await setting.stream("filter=site/%2B/%2B/telemetry")
            try await setting.device.publish("site/secret/one/telemetry", "1")
            try await setting.device.publish("site/north/one/telemetry", "2")
            #expect(try await stream.event()?.json["payload"] == 2)
        }
    }

    @Test("a stream hears of the link to the broker")
    func upstream() async throws {
        try await withTopics { setting in
            let stream = try await setting.stream("filter=devices/%2B/telemetry")
            setting.broker.kill()
            let down = try #require(try await stream.event())
            #expect(down["event"] == "upstream")
            #expect(down["id"] == nil)
            #expect(down.json["connected"] == false)
            let late = try await setting.stream("filter=devices/%2B/telemetry")
            #expect(try await late.event()?.json["connected"] == false)
            try await setting.broker.restart()
            #expect(try await stream.event()?.json["connected"] == true)
        }
    }
}

extension TopicsSetting {
    func stream(
        _ query: String, _ headers: [String: String] = [:], receiveBuffer: Int? = nil
    ) async throws -> EventStreamClient {
        try await EventStreamClient(
            port: self.relay.port, "/api/events?" + query, headers: headers, receiveBuffer: receiveBuffer)
    }
}
