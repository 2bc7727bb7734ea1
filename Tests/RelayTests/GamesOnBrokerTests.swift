import MQTT
import NIOCore
import TestSupport
import Testing

@testable import Relay

@Suite("Rooms on MQTT")
struct GamesOnBrokerTests {
    /// A room of connect4, a socket on seat 0 and a client of the broker on seat 1.
    private struct Match {
        let player: GamePlayer
        let opponent: GameBrokerClient
        let created: JSONValue
        let joined: JSONValue

        var room: String { self.created["room"]["rid"].string ?? "" }

        init(_ setting: GamesSetting) async throws {
            self.player = try await setting.player()
            self.opponent = try await setting.brokerClient("d42")
            self.created = try await self.player.call("room:create", ["game": "connect4"])
            self.joined = try await self.opponent.command("room:join", ["code": self.created["room"]["code"]])
        }

        func start() async throws {
            _ = try await self.player.call("room:ready", ["rid": .string(self.room), "ready": true])
            _ = try await self.opponent.command("room:ready", ["rid": .string(self.room), "ready": true])
            try await eventually("a round", within: .seconds(30)) {
                self.opponent.log(of: self.room).contains { $0[1].int == 7 && $0[4]["to"] == "live" }
            }
        }

        /// A move by seat 0.
        func move(_ number: Int, _ kind: JSONValue, _ data: JSONValue) async throws -> JSONValue {
            try await self.player.call("move", [self.created["ref"], .number(Double(number)), kind, data])
        }

        func end() async {
            await self.player.drop()
            await self.opponent.stop()
        }
    }

    @Test("a socket and a client of the broker play connect4, and what is on the topics is what a socket saw")
    func wholeGame() async throws {
        try await withGamesOnBroker { setting in
            let match = try await Match(setting)
            let room = match.room
            #expect(match.joined["ok"] == true && match.joined["seat"] == 1)
            let spectator = try await setting.player()
            let watching = try await spectator.call("room:join", ["rid": .string(room), "as": "spectator"])
            try await match.start()
            for turn in 1...4 {
                let answer = try await match.move(turn, "drop", ["col": 0])
                #expect(answer["ok"] == true)
                try await match.opponent.event(33, seat: 0, number: turn, in: room)
                guard turn < 4 else { break }
                try await match.opponent.move(match.joined, turn, "drop", ["col": 1])
                try await match.opponent.event(33, seat: 1, number: turn, in: room)
            }
            try await match.opponent.event(11, in: room)

            let result = try await setting.observer.first(on: "game/\(room)/result")
            #expect(result["winner"] == 0 && result["why"] == "finished" && result["hash"].string?.count == 16)
            let state = try await setting.observer.first(on: "game/\(room)/state") { $0["snapshot"]["ply"] == 7 }
            #expect(state["snapshot"]["board"].string?.hasSuffix("XO.....") == true)

            var seen: [[JSONValue]] = []
            try await eventually("the end of the spectator's log") {
                seen = spectator.events("tick").flatMap { TickArray.events(of: $0[0]) }
                return seen.last?[1] == 7 && seen.last?[4]["to"] == "ended"
            }
            let first = (watching["q"].int ?? 0) + 1
            let published = setting.observer.log(of: room)
            #expect(published.map { $0[0].int } == Array(1...published.count))
            #expect(Array(published.dropFirst(first - 1)) == seen)
            await spectator.drop()
            await match.end()
        }
    }

    @Test("a move that comes twice is made once, and one with a bad token not at all")
    func duplicates() async throws {
        try await withGamesOnBroker { setting in
            let player = try await setting.player()
            let client = try await setting.brokerClient("twice")
            let created = try await player.call("room:create", ["game": "relay"])
            let room = created["room"]["rid"].string ?? ""
            let joined = try await client.command("room:join", ["rid": .string(room)])
            for _ in 0..<3 { try await client.move(joined, 1, 40, ["x": 1]) }
            var forged = joined.object ?? [:]
            forged["token"] = created["token"]
            try await client.move(.object(forged), 2, 40, ["x": 2])
            let refused = try await client.first(on: "game/\(room)/out/1") { $0[0] == "refused" }
            #expect(refused[1][1] == 2 && refused[1][2] == "TOKEN")
            try await client.move(joined, 2, 41, ["x": 3])
            try await client.event(41, in: room)
            let moves = client.log(of: room).filter { ($0[1].int ?? 0) >= 32 }
            #expect(moves.map { $0.dropFirst().map(\.int) } == [[40, 1, 1, nil], [41, 1, 2, nil]])
            await player.drop()
            await client.stop()
        }
    }

    @Test("a command that comes twice is carried out once and answered twice, and unknown ones are answered too")
    func idempotence() async throws {
        try await withGamesOnBroker { setting in
            let client = try await setting.brokerClient("again")
            let created = try await client.command("room:create", ["game": "relay"], cid: "c1")
            try await client.send("room:create", ["game": "relay"], cid: "c1")
            try await eventually("a second answer", within: .seconds(60)) {
                client.payloads(on: "game/out/again").count == 2
            }
            #expect(client.payloads(on: "game/out/again")[1] == created)
            #expect(try await client.command("room:dance", [:])["code"] == "UNKNOWN_EVENT")
            #expect(try await client.command("lobby:watch", [:])["code"] == "UNKNOWN_EVENT")
            #expect(
                try await client.command("room:create", ["game": "relay", "options": ["record": true]])["code"]
                    == "BAD_INPUT")
            #expect(try await client.command("time", [7])["d"][0] == 7)
            try await client.publish("game/cmd/again", "no JSON")
            _ = try await client.first(on: "game/out/again") { $0["code"] == "BAD_INPUT" && $0["cid"] == .null }
            await client.stop()
        }
    }

    @Test("an answer goes to the response topic with its correlation data, and to nobody else's topic")
    func responseTopic() async throws {
        try await withGamesOnBroker { setting in
            let client = try await setting.brokerClient("asks")
            let command = #"{"ev":"time","d":[1]}"#
            let mine = MQTTProperties(responseTopic: "game/out/asks/7", correlationData: [1, 2, 3])
            try await client.publish("game/cmd/asks", command, properties: mine)
            _ = try await client.first(on: "game/out/asks/7")
            #expect(client.messages(on: "game/out/asks/7").first?.properties?.correlationData == [1, 2, 3])
            let others = MQTTProperties(responseTopic: "devices/1/commands", correlationData: [4])
            try await client.publish("game/cmd/asks", command, properties: others)
            #expect(try await client.first(on: "game/out/asks")["code"] == "BAD_INPUT")
            #expect(setting.observer.messages(on: "devices/1/commands").isEmpty)
            await client.stop()
        }
    }

    @Test("a seat goes from MQTT to a socket and back, with its numbering")
    func resumingAcross() async throws {
        try await withGamesOnBroker { setting in
            let client = try await setting.brokerClient("mover")
            let other = try await setting.player()
            let created = try await client.command("room:create", ["game": "relay"])
            let room = created["room"]["rid"].string ?? ""
            try await client.move(created, 1, 40, ["by": "mqtt"])
            try await client.event(40, in: room)

            let resumed = try await other.call(
                "room:resume", ["rid": .string(room), "token": created["token"], "q": 0])
            #expect(resumed["seat"] == 0 && resumed["lastN"] == 1 && resumed["mode"] == "replay")
            _ = try await client.first(on: "game/\(room)/out/0") {
                $0[0] == "room:closed" && $0[1]["reason"] == "replaced"
            }
            try await client.move(created, 2, 40, ["by": "ghost"])
            _ = try await client.first(on: "game/\(room)/out/0") { $0[0] == "refused" && $0[1][2] == "TOKEN" }
            let moved = try await other.call("move", [resumed["ref"], 2, 41, ["by": "socket"]])
            #expect(moved["ok"] == true)

            let back = try await client.command(
                "room:resume", ["rid": .string(room), "token": resumed["token"], "q": moved["q"]])
            #expect(back["seat"] == 0 && back["lastN"] == 2)
            _ = try await client.first(on: "game/\(room)/out/0") { $0[0] == "tick" }
            try await client.move(back, 3, 42, ["by": "mqtt again"])
            try await client.event(42, in: room)
            let moves = client.log(of: room).filter { ($0[1].int ?? 0) >= 32 }
            #expect(moves.map { $0[3].int } == [1, 2, 3])
            await other.drop()
            await client.stop()
        }
    }

    @Test("what is meant for one seat is a hole on the room's topic, and goes to the seat's own")
    func privateEvents() async throws {
        try await withGamesOnBroker { setting in
            let player = try await setting.player()
            let client = try await setting.brokerClient("listener")
            let created = try await player.call("room:create", ["game": "relay"])
            let room = created["room"]["rid"].string ?? ""
            _ = try await client.command("room:join", ["rid": .string(room)])
            let move: JSONValue = [created["ref"], 1, 50, ["secret": true], ["to": [1]]]
            let answer = try await player.call("move", move)
            let tick = try await client.first(on: "game/\(room)/out/1") { $0[0] == "tick" }
            #expect(TickArray.events(of: tick[1]) == [[answer["q"], 50, 0, 1, ["secret": true]]])
            try await eventually("the hole") { client.log(of: room).contains { $0[0] == answer["q"] } }
            #expect(client.log(of: room).first { $0[0] == answer["q"] } == [answer["q"], 0, 0, 1])
            await player.drop()
            await client.stop()
        }
    }

    @Test("info, presence and the lobby entry are there while the room is, and only while it is public")
    func retainedTopics() async throws {
        try await withGamesOnBroker { setting in
            let player = try await setting.player()
            let created = try await player.call(
                "room:create", ["game": "relay", "name": "den", "options": ["emptyTtlMs": 1000]])
            let room = created["room"]["rid"].string ?? ""
            let listing = "game/lobby/relay/\(room)"
            _ = try await setting.observer.first(on: "game/\(room)/presence/0") { $0["state"] == "on" }
            _ = try await setting.observer.first(on: listing)
            #expect(setting.observer.messages(on: listing).first?.properties?.expirySeconds == 15)
            #expect(try await setting.retained("game/\(room)/info")?["name"] == "den")
            #expect(try await setting.retained(listing)?["rid"].string == room)

            _ = try await player.call("room:set", ["rid": .string(room), "private": true])
            try await eventually("no lobby entry") { try await setting.retained(listing) == nil }
            #expect(try await setting.retained("game/\(room)/info")?["private"] == true)

            _ = try await player.call("room:leave", ["rid": .string(room)])
            for topic in ["info", "presence/0", "state"] {
                try await eventually("no \(topic)") { try await setting.retained("game/\(room)/\(topic)") == nil }
            }
            await player.drop()
        }
    }

    @Test("the Will of a client turns its seats away, and its token brings it back")
    func will() async throws {
        try await withGamesOnBroker { setting in
            let client = try await setting.brokerClient("mortal")
            let created = try await client.command("room:create", ["game": "relay"])
            let room = created["room"]["rid"].string ?? ""
            let mortal = try await MortalClient(setting.broker, will: "game/client/mortal/gone")
            await mortal.die()
            try await client.event(3, seat: 0, in: room)
            _ = try await setting.observer.first(on: "game/\(room)/presence/0") { $0["state"] == "away" }
            try await client.move(created, 1, 40, [:])
            _ = try await client.first(on: "game/\(room)/out/0") { $0[1][2] == "TOKEN" }
            let back = try await client.command(
                "room:resume", ["rid": .string(room), "token": created["token"], "q": 0])
            #expect(back["ok"] == true)
            try await client.event(4, seat: 0, in: room)
            await client.stop()
        }
    }

    @Test("what was retained before the broker was lost is retained again after it")
    func brokerLoss() async throws {
        try await withGamesOnBroker { setting in
            let player = try await setting.player()
            let created = try await player.call("room:create", ["game": "relay"])
            let room = created["room"]["rid"].string ?? ""
            _ = try await setting.observer.first(on: "game/\(room)/info")
            try await setting.broker.restart()
            try await eventually("info again", within: .seconds(60)) {
                try await setting.retained("game/\(room)/info")?["rid"].string == room
            }
            #expect(try await setting.retained("game/\(room)/presence/0")?["seat"] == 0)
            await player.drop()
        }
    }

    @Test("with mqtt: false nothing of a room is at the broker")
    func off() async throws {
        let bind = "bind: [ { from: \"devices/{id}/x\", room: r, kind: 40, pid: \"dev:{id}\" } ]"
        try await withGamesOnBroker(["mqtt: false", bind]) { setting in
            let client = try await setting.brokerClient("nobody")
            try await client.send("time", [1], cid: "1")
            let player = try await setting.player()
            let created = try await player.call("room:create", ["game": "relay"])
            #expect(created["ok"] == true)
            // The relay stops cleanly, and has published by then what it had to.
            _ = try await setting.relay.stop()
            #expect(!setting.observer.topics.contains { $0.hasPrefix("game/") && $0 != "game/cmd/nobody" })
            await player.drop()
            await client.stop()
        }
    }
}

extension GameBrokerClient {
    /// The topics on which something has come.
    fileprivate var topics: [String] { self.everything.map(\.topic) }
}

/// A client whose link ends without a farewell.
private actor MortalClient {
    nonisolated let loop: MQTTLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.loop.asUnownedSerialExecutor() }
    private let session: MQTTSession

    init(_ broker: Broker, will: String) async throws {
        var configuration = MQTTConfiguration(port: broker.port)
        configuration.will = MQTTWill(topic: try TopicName(will), payload: ByteBuffer(string: "{}"))
        self.loop = try MQTTLoop()
        self.session = MQTTSession(configuration, on: self.loop)
        self.session.connect()
        try await eventually("the mortal's link") { self.session.state == .up }
    }

    func die() async {
        self.session.abandon()
        await self.loop.stop()
    }
}
