import Game
import NIOCore
import SocketIO
import Testing

@Suite struct CommandParsingTests {
    private func arguments(_ text: String) throws -> Arguments {
        try Arguments(parsing: ByteBuffer(string: text))
    }

    private func command(_ event: String, _ payload: String) throws -> RoomCommand {
        try RoomCommand(event: event, self.arguments("[\"\(event)\",\(payload)]"))
    }

    @Test func everyMemberOfACreationIsRead() throws {
        let text = #"""
            {"game":"nim","mode":"relay","name":"n","private":true,"password":"p","max":3,"meta":{"a":1},
             "options":{"hz":10,"graceMs":1,"emptyTtlMs":2,"seed":"18446744073709551615","strict":true,"turnMs":0,
              "echo":false,"record":true,"guards":{},"onAbsent":"auto"}}
            """#
        guard case .create(let request) = try self.command("room:create", text) else { throw Unexpected() }
        #expect(request.game == "nim" && request.mode == .relay && request.name == "n" && request.isPrivate)
        #expect(request.password == "p" && request.maximumPlayers == 3 && request.meta == json(#"{"a":1}"#))
        let options = request.options
        #expect(options.hz == 10 && options.grace == .milliseconds(1) && options.emptyTTL == .milliseconds(2))
        #expect(options.seed == .max && options.isStrict == true && options.turnTime == .zero)
        #expect(options.echo == false && options.isRecorded == true && options.absence == .automatic)
        #expect(options.guards == [:])
    }

    private struct Unexpected: Error {}

    static let refused: [(event: String, payload: String, names: String)] = [
        ("room:create", "1", "object"), ("room:create", "{}", "game"), ("room:create", #"{"game":1}"#, "game"),
        ("room:create", #"{"game":""}"#, "game"), ("room:create", #"{"game":"a","mode":"auth"}"#, "mode"),
        ("room:create", #"{"game":"a","max":0}"#, "max"), ("room:create", #"{"game":"a","max":33}"#, "max"),
        ("room:create", #"{"game":"a","max":2.5}"#, "max"), ("room:create", #"{"game":"a","private":1}"#, "private"),
        ("room:create", #"{"game":"a","options":[]}"#, "options"),
        ("room:create", #"{"game":"a","options":{"hz":61}}"#, "options.hz"),
        ("room:create", #"{"game":"a","options":{"graceMs":300001}}"#, "options.graceMs"),
        ("room:create", #"{"game":"a","options":{"seed":-1}}"#, "options.seed"),
        ("room:create", #"{"game":"a","options":{"seed":"1x"}}"#, "options.seed"),
        ("room:create", #"{"game":"a","meta":{"_placeholder":true,"num":0}}"#, "meta"),
        ("room:join", "{}", "rid, code"), ("room:join", #"{"rid":"abcd","code":"ABC123"}"#, "rid, code"),
        ("room:join", #"{"rid":"abcd","as":"ghost"}"#, "as"), ("room:resume", #"{"rid":"abcd"}"#, "token"),
        ("room:resume", #"{"rid":"abcd","token":"AAAAAAAAAAAAAAAAAAAAAA","q":-1}"#, "q"),
        ("room:ready", #"{"rid":"abcd","ready":1}"#, "ready"), ("room:leave", "{}", "rid"),
        ("room:kick", #"{"rid":"abcd"}"#, "seat"), ("room:kick", #"{"rid":"abcd","seat":255}"#, "seat"),
        ("room:chat", #"{"rid":"abcd"}"#, "text"), ("room:chat", #"{"rid":"abcd","text":"x","to":[-1]}"#, "to"),
        ("room:set", #"{"rid":"abcd","props":{"":1}}"#, "props"),
        ("room:set", #"{"rid":"abcd","props":{"@open":1}}"#, "props"),
        ("room:set", #"{"rid":"abcd","props":{"a":[{"_placeholder":true,"num":0}]}}"#, "props"),
        ("lobby:watch", #"{"open":"yes"}"#, "open"), ("time", "{}", "c"),
    ]

    @Test(arguments: refused) func whatIsWrongIsNamed(_ event: String, _ payload: String, _ name: String) throws {
        let refusal = #expect(throws: Refusal.self) { try self.command(event, payload) }
        #expect(refusal?.code == .badInput)
        #expect(refusal?.message.contains(name) == true, "\(refusal?.message ?? "")")
    }

    @Test func whatCanBeNoneByItsFormIsNotThere() throws {
        #expect(throws: Refusal.self) { try self.command("room:leave", #"{"rid":"a/b/c"}"#) }
        let code = #expect(throws: Refusal.self) { try self.command("room:join", #"{"code":"no"}"#) }
        #expect(code?.code == .noRoom)
        let token = #expect(throws: Refusal.self) { try self.command("room:resume", #"{"rid":"abcd","token":"x"}"#) }
        #expect(token?.code == .token)
        let event = #expect(throws: Refusal.self) { try self.command("room:explode", "{}") }
        #expect(event?.code == .unknownEvent)
    }

    @Test func commandsAreReadForWhatTheyAre() throws {
        #expect(try self.command("room:ready", #"{"rid":"abcd"}"#) == .ready(room: "abcd", true))
        #expect(try self.command("room:start", #"{"rid":"abcd"}"#) == .start(room: "abcd"))
        #expect(
            try self.command("room:kick", #"{"rid":"abcd","seat":1,"ban":true}"#)
                == .kick(room: "abcd", .one, bans: true))
        #expect(
            try self.command("room:chat", #"{"rid":"abcd","text":"h\u0069","to":[1]}"#)
                == .say(room: "abcd", "hi", to: [.one]))
        #expect(
            try self.command("room:set", #"{"rid":"abcd","open":false,"props":{"a":null},"if":{"a":2}}"#)
                == .set(room: "abcd", .init(isOpen: false, properties: [.init("a", nil)], expecting: [.init("a", 2)])))
        #expect(try self.command("lobby:watch", "null") == .watchLobby(LobbyFilter()))
        #expect(try self.command("time", #"17,"abcd""#) == .time(17, room: "abcd"))
    }

    // MARK: Moves

    private func moves(_ text: String, attachments: [ByteBuffer] = []) throws -> MoveMessage {
        let parsed = try self.arguments(text)
        let values = (0..<parsed.count).compactMap { parsed[$0] }
        return try MoveMessage(Arguments(values, attachments: attachments)) { $0 == 3 ? Nim.description.kinds : nil }
    }

    @Test func moveIsReadByNameOrNumber() throws {
        let expected = NumberedMove(1, Nim.taking(2))
        #expect(try self.moves(#"["move",[3,1,"take",{"k":2}]]"#).moves == [expected])
        #expect(try self.moves(#"["move",[3,1,32,{"k":2}]]"#).moves == [expected])
    }

    @Test func optionsOfAMoveAreRead() throws {
        let options = try self.moves(#"["move",[3,1,40,0,{"to":[0,2],"c":2,"v":5,"at":6}]]"#).moves[0].options
        #expect(options == MoveOptions(recipients: [.zero, .two], cache: .room, version: 5, shownTick: 6))
    }

    @Test func listOfMovesIsABatch() throws {
        let message = try self.moves(#"["move",[3,[[7,40,1],[8,41,null]]]]"#)
        #expect(message.isBatch)
        #expect(message.moves.map(\.number) == [7, 8])
        #expect(message.moves[1].move.data == .json(.null))
    }

    @Test func attachmentIsTheDataOfItsMove() throws {
        let bytes = ByteBuffer(bytes: [1, 2, 3])
        let message = try self.moves(#"["move",[3,1,40,{"_placeholder":true,"num":0}]]"#, attachments: [bytes])
        #expect(message.moves[0].move.data == .binary(bytes))
    }

    @Test(arguments: [
        #"["move"]"#, #"["move",3]"#, #"["move",[3]]"#, #"["move",[-1,1,40,0]]"#, #"["move",[3,0,40,0]]"#,
        #"["move",[3,4294967296,40,0]]"#, #"["move",[3,1,256,0]]"#, #"["move",[3,1,"jump",0]]"#, #"["move",[3,1,40]]"#,
        #"["move",[3,1,40,0,[]]]"#, #"["move",[3,1,40,0,{"to":[255]}]]"#, #"["move",[3,1,40,0,{"c":3}]]"#,
        #"["move",[3,[]]]"#, #"["move",[3,[1]]]"#, #"["move",[3,[[1,40,0],[2]]]]"#,
        #"["move",[3,1,40,{"_placeholder":true,"num":0}]]"#, #"["move",[3,1,40,[{"_placeholder":true,"num":0}]]]"#,
    ])
    func malformedMoveIsRefused(_ text: String) throws {
        #expect(throws: Refusal.self) { try self.moves(text) }
    }

    @Test func bytesWithinOtherDataAreRefused() throws {
        let attachments = [ByteBuffer(bytes: [1])]
        #expect(throws: Refusal.self) {
            try self.moves(#"["move",[3,1,40,{"at":{"_placeholder":true,"num":0}}]]"#, attachments: attachments)
        }
    }

    @Test func unknownReferenceIsSaidToBeOne() throws {
        let refusal = #expect(throws: Refusal.self) { try self.moves(#"["move",[4,1,40,0]]"#) }
        #expect(refusal?.code == .reference)
        #expect(MoveMessage.firstNumber(of: try self.arguments(#"["move",[4,[[17,40,0]]]]"#)) == 17)
    }
}
