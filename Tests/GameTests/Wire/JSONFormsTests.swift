import Game
import NIOCore
import SocketIO
import Testing

@Suite struct JSONFormsTests {
    private func event(
        _ number: UInt32, _ data: Payload, kind: EventKind = EventKind(rawValue: 40), n: UInt32 = 1,
        to recipients: [Seat]? = nil
    ) -> LogEvent {
        LogEvent(number: number, kind: kind, seat: .one, moveNumber: n, data: data, recipients: recipients)
    }

    private func text(_ frame: TickFrame) -> String {
        var buffer = ByteBuffer()
        frame.writeJSON(reference: 3, to: &buffer)
        return String(buffer: buffer)
    }

    @Test func tickIsOnePositionalArray() {
        let frame = TickFrame(
            tick: 18, time: 9_120, firstNumber: 18,
            events: [
                self.event(18, .json(["col": 3]), kind: EventKind(rawValue: 33), n: 7), self.event(19, .json(.null)),
            ])
        #expect(self.text(frame) == #"["tick",[3,18,9120,18,[[33,1,7,{"col":3}],[40,1,1,null]]]]"#)
        #expect(self.text(TickFrame(tick: 1, time: 2, firstNumber: 3, events: [])) == #"["tick",[3,1,2,3,[]]]"#)
    }

    @Test func holeHasNoData() {
        let frame = TickFrame(
            tick: 1, time: 2, firstNumber: 3, events: [self.event(3, .json(1), n: 9, to: [.zero])])
        #expect(self.text(frame.seen(by: .two)) == #"["tick",[3,1,2,3,[[0,1,9]]]]"#)
        #expect(self.text(frame.seen(by: .zero)) == self.text(frame))
        #expect(self.text(frame.seen(by: .one)) == self.text(frame))
        #expect(frame.seen(by: nil) == frame.seen(by: .two))
    }

    @Test func bytesTravelAsAttachments() throws {
        let frame = TickFrame(
            tick: 1, time: 2, firstNumber: 3,
            events: [
                self.event(3, .binary(ByteBuffer(string: "a"))), self.event(4, .json(1)),
                self.event(5, .binary(ByteBuffer(string: "b"))),
            ])
        let text = self.text(frame)
        #expect(
            text
                == #"["tick",[3,1,2,3,[[40,1,1,{"_placeholder":true,"num":0}],[40,1,1,1],[40,1,1,{"_placeholder":true,"num":1}]]]]"#
        )
        #expect(frame.attachments == [ByteBuffer(string: "a"), ByteBuffer(string: "b")])
    }

    @Test func noPacketHasMoreThanTenAttachments() {
        let events = (1...25).map { self.event(UInt32($0), .binary(ByteBuffer(integer: UInt8($0)))) }
        let frame = TickFrame(tick: 9, time: 2, firstNumber: 1, events: events)
        let packets = frame.packets
        #expect(packets.map(\.attachments.count) == [10, 10, 5])
        #expect(packets.map(\.firstNumber) == [1, 11, 21])
        #expect(packets.map(\.tick) == [9, 9, 9])
        #expect(packets.flatMap(\.events) == events)
        let empty = TickFrame(tick: 1, time: 2, firstNumber: 3, events: [])
        #expect(empty.packets == [empty])
    }

    @Test func stateIsOnePositionalArray() {
        let frame = StateFrame(
            tick: 5, time: 250, base: 4, progress: [.init(seat: .zero, moveNumber: 7, wait: 12)],
            payload: .json(["a": 1]))
        var buffer = ByteBuffer()
        frame.writeJSON(reference: 3, to: &buffer)
        #expect(String(buffer: buffer) == #"["state",[3,5,250,4,[[0,7,12]],{"a":1}]]"#)
    }

    @Test func roomHasTheMembersOfTheContract() throws {
        var fixture = try RoomFixture(.nim, #"{"name":"our room","meta":{"a":1}}"#)
        try fixture.join("a")
        fixture.room.setRoundTrip(17, of: .a)
        let room = fixture.room.info.json
        #expect(
            room.members?.map(\.key) == [
                "rid", "code", "game", "mode", "name", "private", "open", "state", "hz", "max", "host", "meta", "kinds",
                "version", "players", "spectators",
            ])
        #expect(room["players"] == [["seat": 0, "pid": "a", "name": "a", "state": "on", "ready": false, "rtt": 17]])
        #expect(room["kinds"] == ["take": 32])
        #expect(room["host"] == 0)
        #expect(room["code"] == "ABC123")
    }

    @Test func joinedHasTheMembersOfTheContract() throws {
        var fixture = try RoomFixture.live()
        let answer = try fixture.join("c").json(reference: 9)
        #expect(
            answer.members?.map(\.key) == [
                "ok", "room", "ref", "seat", "token", "grace", "tick", "q", "t", "began", "deadline", "snapshot",
                "props", "cached", "chat",
            ])
        #expect(answer["ref"] == 9)
        #expect(answer["seat"]?.isNull == true)
        #expect(answer["grace"] == 120_000)
        #expect(answer["q"]?.int == Int(fixture.room.lastNumber))
        #expect(answer["t"] == 3_000)
        #expect(answer["began"] == 3_000)
        #expect(answer["deadline"]?.isNull == true)
    }

    @Test func resumeSaysHowItWent() throws {
        var fixture = try RoomFixture(.relay)
        let joined = try fixture.join("a")
        try fixture.move(4, .say(1), by: .a)
        let token = fixture.token()
        let answer = try fixture.room.resume(joined.token, after: 1, member: .b, newToken: token, at: fixture.now)
            .json(reference: 1)
        #expect(answer["mode"] == "replay")
        #expect(answer["lastN"] == 4)
        #expect(answer["token"]?.string == token.description)
    }

    @Test func movesAreAnsweredAsTheContractSays() throws {
        var fixture = try RoomFixture(.relay)
        try fixture.join("a")
        #expect(try fixture.move(1, .say(1), by: .a).json == ["ok": true, "n": 1, "q": 4, "tick": 4])
        #expect(try fixture.move(1, .say(1), by: .a).json == ["ok": true, "n": 1, "q": 4, "tick": 4, "dup": true])
        let batch = [NumberedMove(2, .say(1)), NumberedMove(3, .say(1, kind: 3))]
        let receipt = try fixture.room.move(batch, by: .a, at: fixture.now).json
        #expect(receipt["n"] == 2)
        #expect(receipt["refused"] == [[3, "BAD_INPUT", "kind: 32 to 255, or its name"]])
    }

    @Test func refusalsSayWhatHelps() {
        let refusal = Refusal(.gap, "move 2 comes first", retry: 5, details: [("expect", 2)])
        #expect(
            refusal.json
                == ["ok": false, "code": "GAP", "message": "move 2 comes first", "retry": 5, "expect": 2])
        #expect(refusal.event(reference: 1, number: 3) == [1, 3, "GAP", "move 2 comes first"])
    }

    @Test(arguments: [
        (#"{ "b" : 1.0, "a" : [ ] }"#, #"{"a":[],"b":1}"#), (#""\u0041\/""#, #""A/""#), ("1e2", "100"),
        (#"{"a":1,"a":2}"#, #"{"a":2}"#), ("[1,[2,{}],null,true]", "[1,[2,{}],null,true]"), ("0.5", "0.5"),
        (#"{"é":1,"z":2}"#, #"{"z":2,"é":1}"#),
    ])
    func equalValuesAreWrittenAlike(_ text: String, _ canonical: String) {
        #expect(String(buffer: json(text).canonical.bytes) == canonical)
    }
}
