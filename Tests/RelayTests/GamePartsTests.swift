import Game
import MQTT
import NIOCore
import SocketIO
import Testing

@testable import Relay

@Suite("Topics of rooms")
struct GameTopicTests {
    @Test(
        "what players publish to is told from the rest",
        arguments: [
            ("game/cmd/d42", GameTopic.command(client: "d42")),
            ("game/ROOM7/in/0", .moves(room: "ROOM7", Seat(rawValue: 0))),
            ("game/ROOM7/in/254", .moves(room: "ROOM7", Seat(rawValue: 254))),
            ("game/client/d42/gone", .gone(client: "d42")),
            ("game/client/in/gone", .gone(client: "in")),
            ("game/ROOM7/in/255", nil), ("game/ROOM7/in/x", nil), ("game/ROOM7/out/0", nil), ("game/cmd/", nil),
            ("game/cmd/in/0", nil), ("game/lobby/relay/ROOM7", nil), ("game/ROOM7/events", nil), ("devices/cmd/d", nil),
            ("game/cmd/" + String(repeating: "x", count: 60), nil),
        ])
    func parsing(topic: String, expected: GameTopic?) {
        #expect(GameTopic(topic) == expected)
    }

    @Test("nothing that a room publishes is subscribed to, whatever its name")
    func noLoops() throws {
        let topics = try #require(RoomTopics(room: "ROOM7", game: "arena"))
        let published = [
            topics.info, topics.events, topics.binary, topics.state, topics.result, topics.listing,
            topics.presence(of: Seat(rawValue: 3)), GameTopic.answers(to: "in"),
            GameTopic.privateEvents(of: "ROOM7", to: Seat(rawValue: 3)),
        ].compactMap(\.?.string)
        #expect(published.count == 9)
        for topic in published { #expect(!GameTopic.filters.contains { $0.matches(topic) }, "\(topic)") }
    }

    @Test("subscriptions bring rooms what is theirs with QoS 1, and no rule a message twice")
    func subscriptions() throws {
        var interests = BrokerInterests(rooms: GameTopic.filters)
        #expect(interests.subscriptions.map(\.filter) == GameTopic.filters)
        #expect(interests.subscriptions.allSatisfy { $0.qos == .atLeastOnce })
        interests.topics = [try TopicFilter("devices/+/state"), try TopicFilter("game/#")]
        interests.devices = [try TopicFilter("devices/+/+")]
        #expect(interests.subscriptions.map(\.filter.string).sorted() == ["devices/+/+", "game/#"])
        #expect(interests.subscriptions.first { $0.filter.string == "game/#" }?.qos == .atLeastOnce)
        let sorted = interests.sort(
            ["devices/1/state", "devices/1/stick", "game/R/events", "game/cmd/a"].map {
                MQTTMessage(topic: $0, payload: ByteBuffer())
            })
        #expect(sorted.topics.map(\.topic) == ["devices/1/state", "game/R/events", "game/cmd/a"])
        #expect(sorted.rooms.map(\.topic) == ["devices/1/state", "devices/1/stick", "game/cmd/a"])
    }
}

@Suite("Answers that are kept")
struct AnswerCacheTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test("a command is new once, then pending, then answered, for a minute")
    func once() {
        var cache = AnswerCache()
        #expect(cache.begin("a", at: self.start) == .new)
        #expect(cache.begin("a", at: self.start) == .pending)
        cache.finish("a", with: 1)
        #expect(cache.begin("a", at: self.start + .seconds(60)) == .answered(1))
        #expect(cache.begin("a", at: self.start + .seconds(61)) == .new)
    }

    @Test("64 are kept, the oldest goes first")
    func capacity() {
        var cache = AnswerCache()
        for number in 0...64 { #expect(cache.begin("\(number)", at: self.start) == .new) }
        cache.finish("0", with: 0)
        #expect(cache.begin("1", at: self.start) == .pending)
        #expect(cache.begin("0", at: self.start) == .new)
    }
}

@Suite("What the configuration makes of messages and events")
struct DeviceTemplateTests {
    @Test("a template takes what was captured")
    func template() throws {
        let template = try CaptureTemplate("dev:{id}/{room}!", capturing: ["id", "room"])
        #expect(template.text(with: ["id": "7", "room": "a b"]) == "dev:7/a b!")
    }

    @Test("a map takes the values where they are, or nothing")
    func map() throws {
        let map = PayloadMap(members: [
            .init(name: "x", path: try ValuePath("$.at.x")), .init(name: "all", path: try ValuePath("$")),
        ])
        let data = map.data(from: ["at": ["x": 1]]).map { String(buffer: $0.bytes) }
        #expect(data == #"{"x":1,"all":{"at":{"x":1}}}"#)
        #expect(map.data(from: ["at": 7]) == nil)
    }

    @Test(
        "a topic takes a name that is one level, and nothing else",
        arguments: [("left", "devices/left/led"), ("", nil), ("a/b", nil), ("+", nil), ("#", nil), (nil, nil)])
    func topic(name: String?, expected: String?) throws {
        let topic = try EmissionTopic("devices/{winner.name}/led")
        #expect(topic.topic { $0 == .winnerName ? name : nil } == expected)
    }

    @Test("a payload in the file is JSON as one would expect it")
    func payload() throws {
        let configuration = try RelayConfiguration.load(
            yaml: """
                namespaces:
                  /g:
                    kind: game
                    emit:
                      - { room: r, to: a, payload: { on: true, ms: 3000, f: 1.5, s: "3", w: word, n: ~, l: [1, {}], q: 'a"b' } }
                """, source: "f.yaml")
        guard case .game(let games) = configuration.namespaces.first?.kind else {
            Issue.record("no game namespace")
            return
        }
        let text = games.emissions.first?.payload.map { String(buffer: $0.bytes) }
        #expect(text == #"{"on":true,"ms":3000,"f":1.5,"s":"3","w":"word","n":null,"l":[1,{}],"q":"a\"b"}"#)
        #expect(configuration.mqtt != nil)
    }

    @Test("rooms alone are no reason to have a broker, unless they are to be on it")
    func brokerWanted() throws {
        func broker(_ keys: String) throws -> RelayConfiguration.Broker? {
            try RelayConfiguration.load(yaml: "namespaces: { /g: { kind: game\(keys) } }", source: "f.yaml").mqtt
        }
        #expect(try broker("") == nil)
        #expect(try broker(", mqtt: false") == nil)
        #expect(try broker(", mqtt: true") != nil)
    }
}
