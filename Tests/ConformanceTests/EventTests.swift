import Testing
import TestSupport

extension Conformance {
    /// Events, acks both ways, rooms, attachments.
    @Suite("events")
    struct Events {
        @Test(
            "JSON goes through byte for byte",
            arguments: [
                #"1.0,1e3,-0,12345678901234567890,0.10000000000000000001"#, #"{"b":1,"a":2,"b":3}"#,
                #""a\/b","\u00e9","é\ud83d\ude00","\\\"""#, #"[[],{},null,true,false]"#, #""http://x/y?z""#,
                #"{"_placeholder":false,"num":0},"_placeholder""#,
            ])
        func byteForByte(arguments: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(#"2["message",\#(arguments)]"#)
                #expect(try await wire.packet()?.body == #"["message-back",\#(arguments)]"#)
                try await wire.send(#"25["message-with-ack",\#(arguments)]"#)
                #expect(try await wire.packet()?.body == "[\(arguments)]")
            }
        }

        @Test("an event's name may be a number; without a handler it is passed over")
        func numberAsName() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send("2[7,1]")
                try await wire.send(#"2["nobody knows this one",1]"#)
                #expect(try await wire.call("message-with-ack", 1) == [1])
            }
        }

        @Test("ack ids come back as they were, up to the largest of 32 bits", arguments: ["0", "1", "2147483647"])
        func ackIDs(id: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(#"2\#(id)["message-with-ack","x"]"#)
                #expect(try await wire.socket.text() == #"43\#(id)["x"]"#)
            }
        }

        @Test("the relay asks with an ack id of 32 bits, and the answer comes back, binary included")
        func ask() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.emit("ask", 1, "two")
                let question = try await wire.event("question")
                #expect(question.json == ["question", 1, "two"])
                let id = try #require(question.id)
                #expect((0...Int(Int32.max)).contains(id))
                try await wire.send(#"3\#(id)["fine",{"really":true}]"#)
                #expect(try await wire.event("answer").body == #"["answer","fine",{"really":true}]"#)
                // A second reply to the same question is nobody's.
                try await wire.send(#"3\#(id)["again"]"#)
                try await wire.emit("ask")
                let next = try #require(try await wire.packet())
                #expect(next.json[0] == "question")
                #expect(next.id != nil && next.id != id)
                try await wire.send(
                    #"61-\#(next.id ?? 0)[{"_placeholder":true,"num":0}]"#, attachments: [[1, 2, 3]])
                #expect(try await wire.event("answer").attachments == [[1, 2, 3]])
            }
        }

        @Test("a reply nobody asked for is passed over")
        func unknownAck() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                for id in ["0", "7", "2147483647", "4294967296", "9223372036854775807"] {
                    try await wire.send(#"3\#(id)["?"]"#)
                }
                #expect(try await wire.call("message-with-ack", 1) == [1])
            }
        }

        @Test("a question nobody answers in time says so, and its late answer is passed over")
        func askTimeout() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.emit("ask-timeout", 100, "hello?")
                let question = try await wire.event("question")
                #expect(question.json == ["question", "hello?"])
                #expect(try await wire.event("answer-timeout").body == #"["answer-timeout"]"#)
                try await wire.send(#"3\#(question.id ?? 0)["late"]"#)
                try await wire.emit("ask-timeout", 20_000, "again")
                let again = try #require(try await wire.packet())
                #expect(again.json == ["question", "again"])
                try await wire.send(#"3\#(again.id ?? 0)["in time"]"#)
                #expect(try await wire.event("answer").json == ["answer", "in time"])
            }
        }

        @Test("a room is asked, and all replies come back; or those in time, and that time was up")
        func roomAsk() async throws {
            try await withEchoApp { relay in
                let one = try await SocketWire.connected(.socketIO(relay))
                let two = try await SocketWire.connected(.socketIO(relay))
                for wire in [one, two] { #expect(try await wire.call("join", "jury") == ["ok"]) }
                try await one.send(#"290["room-ask","jury",20000,"guilty?"]"#)
                for (wire, vote) in [(one, "yes"), (two, "no")] {
                    let question = try await wire.event("question")
                    #expect(question.json == ["question", "guilty?"])
                    try await wire.send(#"3\#(question.id ?? 0)["\#(vote)"]"#)
                }
                let verdict = try await one.ack(90).json
                #expect(verdict[0] == false)
                #expect(Self.sorted(verdict[1]) == ["no", "yes"])

                try await one.send(#"291["room-ask","jury",300,"sure?"]"#)
                let question = try await one.event("question")
                try await one.send(#"3\#(question.id ?? 0)["quite"]"#)
                let partial = try await one.ack(91).json
                #expect(partial[0] == true)
                #expect(Self.sorted(partial[1]) == ["quite"])
            }
        }

        /// Each reply is a value, or the list of its arguments.
        private static func sorted(_ replies: JSONValue) -> [String] {
            (replies.array ?? []).compactMap { $0.string ?? $0[0].string }.sorted()
        }

        @Test("rooms: join, leave, to all, to the others, to the namespace but oneself")
        func rooms() async throws {
            try await withEchoApp { relay in
                let sender = try await SocketWire.connected(.socketIO(relay))
                let member = try await SocketWire.connected(.socketIO(relay))
                let outsider = try await SocketWire.connected(.socketIO(relay))
                for wire in [sender, member] { #expect(try await wire.call("join", "r") == ["ok"]) }
                try await sender.emit("room", "r", "one", 1)
                try await sender.emit("room-others", "r", "two", 2)
                try await sender.emit("broadcast", "three", 3)
                try await self.expect(["one", "two", "three"], at: member)
                try await self.expect(["one"], at: sender)
                try await self.expect(["three"], at: outsider)

                #expect(try await member.call("leave", "r") == ["ok"])
                try await sender.emit("room", "r", "four", 4)
                try await self.expect(["four"], at: sender)
                try await self.expect([], at: member)

                // A connection that is gone is in no room, and whoever comes after is a stranger.
                await sender.drop()
                try await member.emit("room", "r", "five", 5)
                try await self.expect([], at: outsider)
            }
        }

        /// Exactly these events have come, in order: what follows them is the answer to a message of one's own.
        private func expect(
            _ events: [String], at wire: SocketWire, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            // Broadcasts may cross from loop to loop; those before this call were acked to their sender's loop only.
            var names: [String] = []
            while names.count < events.count {
                let packet = try await wire.packet()
                names.append(packet?.json[0].string ?? "")
            }
            try await wire.emit("message", "marker")
            let next = try await wire.packet()?.json
            #expect(next == ["message-back", "marker"], sourceLocation: sourceLocation)
            #expect(names == events, sourceLocation: sourceLocation)
        }

        @Test("up to ten attachments go both ways, in order, an empty one too", arguments: [1, 2, 10])
        func attachments(count: Int) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                let placeholders = (0..<count).map { #"{"_placeholder":true,"num":\#($0)}"# }.joined(separator: ",")
                let bytes = (0..<count).map { [UInt8](repeating: UInt8($0), count: $0 * 100) }
                try await wire.send(#"5\#(count)-["message",\#(placeholders)]"#, attachments: bytes)
                let back = try #require(try await wire.packet())
                #expect(back.body == #"["message-back",\#(placeholders)]"#)
                #expect(back.attachments == bytes)
                try await wire.send(#"5\#(count)-4["message-with-ack",\#(placeholders)]"#, attachments: bytes)
                #expect(try await wire.ack(4).attachments == bytes)
            }
        }

        @Test("attachments that stand in another order than they are named keep their places")
        func attachmentOrder() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send(
                    #"52-["message",{"x":{"num":1,"_placeholder":true}},{"_placeholder":true,"num":0}]"#,
                    attachments: [[0], [1]])
                let back = try #require(try await wire.packet())
                let first = back.json[1]["x"]["num"].int ?? -1
                let second = back.json[2]["num"].int ?? -1
                #expect(Set([first, second]) == [0, 1])
                #expect(back.attachments.count == 2)
                if back.attachments.count == 2, [0, 1].contains(first), [0, 1].contains(second) {
                    #expect(back.attachments[first] == [1])
                    #expect(back.attachments[second] == [0])
                }
            }
        }

        @Test("binary over polling goes both ways")
        func binaryOverPolling() async throws {
            try await withEchoApp { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                _ = try await session.messages(2)
                #expect(
                    try await session.post("451-[\"message\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQIDBA==").status
                        == 200)
                #expect(
                    try await session.messages(2)
                        == [#"451-["message-back",{"_placeholder":true,"num":0}]"#, "bAQIDBA=="])
            }
        }

        @Test("blob: the bytes asked for, and not more than there may be")
        func blob() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                for size in [0, 1, 251, 100_000] {
                    try await wire.send(#"2\#(size)["blob",\#(size)]"#)
                    let ack = try await wire.ack(size)
                    #expect(ack.attachments == [(0..<size).map { UInt8($0 % 251) }])
                }
                let refused = try await wire.call("blob", 1_000_000_000_000)
                #expect(refused[0]["ok"] == false)
                #expect(refused[0]["code"].string?.isEmpty == false)
            }
        }

        @Test(
            "burst, flood and blob refuse what is out of bounds, below and above",
            arguments: [
                #"["burst",100000,100000]"#, #"["flood",9223372036854775807,9223372036854775807]"#,
                #"["blob",-1]"#, #"["burst",-1,5]"#, #"["flood",1e300,1]"#, #"["blob","many"]"#, #"["burst"]"#,
                #"["ask-timeout",-5]"#, #"["room-ask"]"#, #"["join"]"#, #"["join",{}]"#, #"["blob",1.5]"#,
            ])
        func outOfBounds(event: String) async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.send("2999" + event)
                #expect(try await wire.call("message-with-ack", "alive") == ["alive"])
            }
        }

        @Test("burst comes whole and in order")
        func burst() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.emit("burst", 2_000, 10)
                for index in 0..<2_000 {
                    #expect(try await wire.packet()?.json == ["seq", .number(Double(index)), "xxxxxxxxxx"])
                }
            }
        }

        @Test("volatile events may be missing, never out of order; the reliable one after them always comes")
        func volatileBurst() async throws {
            try await withEchoApp { relay in
                let wire = try await SocketWire.connected(.socketIO(relay))
                try await wire.emit("volatile-burst", 5_000)
                var last = -1
                while let packet = try await wire.packet(), packet.json[0] != "vend" {
                    #expect(packet.json[0] == "vseq")
                    let index = packet.json[1].int ?? -1
                    #expect(index > last)
                    last = index
                }
                #expect(try await wire.call("message-with-ack", 1) == [1])
            }
        }

        @Test("over polling, volatile events that nobody waits for are dropped rather than kept")
        func volatileOverPolling() async throws {
            try await withEchoApp { relay in
                let session = try await PollingSession(.socketIO(relay))
                #expect(try await session.post("40").status == 200)
                _ = try await session.messages(2)
                #expect(try await session.post(#"42["volatile-burst",1000]"#).status == 200)
                var packets: [String] = []
                while packets.last != #"42["vend"]"# { packets += try await session.messages(1) }
                #expect(packets.count < 1_000)
            }
        }
    }
}
