import Game
import Settings

extension RelayConfiguration {
    /// `namespaces./name`: what connects there and what it sees.
    struct Namespace: Sendable, Equatable {
        /// One name, or a pattern for many, each match a namespace of its own.
        var name: NamespacePattern
        /// What a client must bring as `auth.token`; nil (default) lets everybody in.
        var token: Secret?
        var kind: Kind

        enum Kind: Sendable, Equatable {
            /// MQTT topics as events.
            case topics(Topics)
            /// Game rooms.
            case game(Games)
            /// Chat rooms.
            case chat(Chat)
            /// Plays back what it gets, for conformance and diagnosis.
            case echo(Echo)
        }
    }

    /// kind `topics`
    struct Topics: Sendable, Equatable {
        /// The first rule that matches a topic decides. Never empty.
        var rules: [Rule]
        /// The topics that clients may publish to; none by default.
        var publish: [Grant] = []
    }

    /// One entry of `publish`.
    struct Grant: Sendable, Equatable {
        var topics: TopicPattern
        /// Which of the brokers has them.
        var broker = 0
    }

    /// One entry of `rules`: which topics, under which event.
    struct Rule: Sendable, Equatable {
        /// A name that the namespace's pattern captured stands for that value here.
        var topics: TopicPattern
        /// The Socket.IO event, default `message`.
        var event = "message"
        var delivery = Delivery.event
        /// Most values a second that a viewer gets of one topic; nil (default) as many as there are. A viewer may ask for
        /// less. Only under `delivery: state`.
        var maxHz: Double?
        var payload = Payload.auto
        /// Values of each topic that are remembered for viewers who ask for them, the last one included; 0…10,000, default 0.
        var history = 0
        /// The topic that says whether the device is there, with names that `topics` captures: while its last value is
        /// `offline`, values from the store are marked stale. Nil (default): nobody says.
        var status: TopicPattern?
        /// Whether viewers get MQTT 5's content type and user properties. Default false.
        var properties = false
        /// Which of the brokers the topics come from.
        var broker = 0

        enum Delivery: String, Sendable, CaseIterable {
            /// The latest value of a topic matters: a slow viewer skips to it.
            case state
            /// Every message matters: they queue up to `limits.queue`, then the viewer is disconnected. The default,
            /// since it loses nothing unasked; but a rule that sets `maxHz` is `state` unless it says otherwise.
            case event
        }

        enum Payload: String, Sendable, CaseIterable {
            /// One well-formed JSON value arrives as that value, anything else as binary. The default.
            case auto
            /// JSON alone: whatever is no JSON value is dropped.
            case json
            /// Always binary.
            case binary
            /// A string, when it is UTF-8; else binary.
            case text
        }
    }

    /// kind `game`
    struct Games: Sendable, Equatable {
        /// The games that rooms may be opened for. Default: all there are.
        var names = Game.Games.all.map(\.description.name)
        /// Rooms at once, default 10,000; beyond them players are told to try later.
        var maximumRooms = 10_000
        /// Connections of one address, to this namespace; nil (default) as many as there are. Behind a proxy all clients have one
        /// address.
        var connectionsPerAddress: Int?
        /// Whether rooms have topics at the broker, under `game/`.
        var topics = RoomTopicsUse.whereThereIsABroker
        /// The directory for recordings of rooms that ask to be recorded; nil (default): none may ask. Absolute by the time it is
        /// here.
        var recordings: String?
        /// Devices that play without knowing it.
        var bindings: [DeviceBinding] = []
        /// What is published for devices when something happens in a room.
        var emissions: [DeviceEmission] = []

        enum RoomTopicsUse: Sendable, Equatable {
            case off
            /// The default: rooms alone are no reason to have a broker.
            case whereThereIsABroker
            case on
        }

        /// A game that is played here.
        func definition(of name: String) -> GameDefinition? {
            self.names.contains(name) ? Game.Games.named(name) : nil
        }
    }

    /// kind `chat`
    struct Chat: Sendable, Equatable {
        /// Messages of each room that whoever joins is given, 0…1,000, default 50.
        var history = 50
        /// How long the history of a room without members is kept, default 10 min; 0 forgets it at once.
        var keep: Duration = .seconds(600)
        /// Whether a Socket.IO client hears its own messages too. Default false: the acknowledgement tells it.
        var echo = false
        /// Rooms with members at once, default 10,000; beyond them nobody can begin another.
        var maximumRooms = 10_000
        /// Members of one room, default 1,000.
        var maximumMembers = 1_000
        /// Rooms that one client may be in, default 20.
        var maximumRoomsPerClient = 20
        /// Messages a second of one client on average, default 10; twice as many may come at once.
        var rate = 10.0
    }

    /// kind `echo`
    struct Echo: Sendable, Equatable {
        /// Most bytes (n × size) that one `burst`, `flood` or `blob` may ask for, default 64 MB.
        var bounds = 64_000_000
    }
}

extension RelayConfiguration.Namespace {
    /// `/game`, which the relay serves when the configuration names no namespaces.
    static let game = Self(name: NamespacePattern(plain: "game"), kind: .game(RelayConfiguration.Games()))

    /// `/chat`, likewise.
    static let chat = Self(name: NamespacePattern(plain: "chat"), kind: .chat(RelayConfiguration.Chat()))

    /// `/devices`, likewise.
    static let devices = Self(
        name: NamespacePattern(plain: "devices"),
        kind: .topics(
            RelayConfiguration.Topics(
                rules: [
                    .init(
                        topics: .device("telemetry"), event: "telemetry", delivery: .state, maxHz: 30, history: 300,
                        status: .device("status")),
                    .init(topics: .device("status"), event: "presence", delivery: .state),
                    .init(topics: .device("frame"), event: "frame", payload: .binary, history: 64),
                ],
                publish: [.init(topics: .device("commands"))])))
}

extension RelayConfiguration.Namespace {
    /// `/relays`, likewise: what relays say of themselves.
    static let relays = Self(
        name: NamespacePattern(plain: "relays"),
        kind: .topics(
            RelayConfiguration.Topics(
                rules: ["status", "metrics"].map { subject in
                    .init(
                        topics: TopicPattern(levels: [.literal("relay"), .one(name: "id"), .literal(subject)]),
                        event: subject, delivery: .state)
                })))
}

extension TopicPattern {
    /// `devices/{device}/` and the subject.
    fileprivate static func device(_ subject: String) -> TopicPattern {
        TopicPattern(levels: [.literal("devices"), .one(name: "device"), .literal(subject)])
    }
}
