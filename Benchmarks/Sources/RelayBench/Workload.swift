internal import LoadGenerator

/// One of the situations that every server is measured in.
struct Workload: Sendable {
    enum Kind: Sendable {
        /// A fixed rate, whatever becomes of it.
        case paced(perSecond: Double)
        /// The highest rate at which nothing is lost and p99 stays below a quarter of a second.
        case saturation
        /// As fast as the answers come.
        case closedLoop
        /// Nobody sends.
        case idle
    }

    let name: String
    let title: String
    let kind: Kind
    let viewers: [Introduction]
    /// How many viewers one message reaches.
    let deliveriesPerMessage: Int
    /// What is sent, at a rate for those that have one.
    let load: @Sendable (_ brokerPort: Int, _ perSecond: Double) -> Load
    /// The floor of the same shape; none where nothing is written.
    let floors: [FloorPlan]
    /// How many values are sent to a server that merges, for each that it is to deliver; nil: no such server takes part.
    var merged: Double?

    /// Whether the server is of the kind that this is about.
    func concerns(_ server: ServerKind) -> Bool {
        guard merged != nil else { return server != .merging }
        return server != .node && server != .python
    }
}

/// How the floor is started.
struct FloorPlan: Sendable {
    var name = "floor"
    let arguments: [String]
}

extension Workload {
    static let names = ["W1", "W1sat", "W2", "W3", "W4", "W5", "W6", "W7"]

    /// All of them, in order.
    /// - Parameter connections: How many connections W5 holds.
    static func all(connections: Int) -> [Workload] {
        [everything, saturated, ownTopics, binary, rooms, idle(connections), pingPong, merged]
    }

    private static let telemetryTopics = (1000..<1100).map { "devices/d\($0)/telemetry" }

    private static func topics(viewers: Int, filter: (Int) -> String) -> [Introduction] {
        (0..<viewers).map { Introduction(namespace: "/devices", request: #"["subscribe","\#(filter($0))",{}]"#) }
    }

    private static func telemetry(to topics: [String]) -> @Sendable (Int, Double) -> Load {
        let payload = Payload.telemetry(size: 200)
        return { .publish(brokerPort: $0, topics: topics, payload: payload, perSecond: $1) }
    }

    private static let everything = Workload(
        name: "W1", title: "500 viewers of everything, 100 msg/s x 200 B JSON", kind: .paced(perSecond: 100),
        viewers: topics(viewers: 500) { _ in "devices/+/telemetry" }, deliveriesPerMessage: 500,
        load: telemetry(to: telemetryTopics),
        floors: [FloorPlan(arguments: ["--work", "everyone", "--sockets", "500", "--per-second", "100"])])

    private static let saturated = Workload(
        name: "W1sat", title: "the same 500 viewers, highest rate with p99 < 250 ms and nothing lost",
        kind: .saturation,
        viewers: everything.viewers, deliveriesPerMessage: 500, load: everything.load,
        floors: [1, 10, 32].map { frames in
            FloorPlan(
                name: frames == 1 ? "floor" : "floor x\(frames)",
                arguments: ["--work", "unpaced", "--sockets", "500", "--frames-per-write", "\(frames)"])
        })

    private static let ownTopics = Workload(
        name: "W2", title: "1000 viewers, each of its own topic, 5000 msg/s in all", kind: .paced(perSecond: 5000),
        viewers: topics(viewers: 1000) { "devices/d\(1000 + $0)/telemetry" }, deliveriesPerMessage: 1,
        load: telemetry(to: (1000..<2000).map { "devices/d\($0)/telemetry" }),
        floors: [FloorPlan(arguments: ["--work", "oneInTurn", "--sockets", "1000", "--per-second", "5000"])])

    private static let binary = Workload(
        name: "W3", title: "500 viewers, 50 msg/s x 1 KiB binary", kind: .paced(perSecond: 50),
        viewers: topics(viewers: 500) { _ in "devices/+/frame" }, deliveriesPerMessage: 500,
        load: { brokerPort, perSecond in
            let topics = (1000..<1050).map { "devices/d\($0)/frame" }
            return .publish(
                brokerPort: brokerPort, topics: topics, payload: .binary(size: 1024), perSecond: perSecond)
        },
        floors: [
            FloorPlan(arguments: [
                "--work", "everyone", "--sockets", "500", "--per-second", "50", "--content", "binary", "--size", "1024",
            ])
        ])

    private static let rooms = Workload(
        name: "W4", title: "100 rooms x 4 players x 20 moves/s", kind: .paced(perSecond: 8000),
        viewers: (0..<400).map { Introduction(namespace: "/echo", request: #"["join","room-\#(100 + $0 / 4)"]"#) },
        deliveriesPerMessage: 4,
        load: { _, perSecond in
            let moves = (0..<400).map { player in
                let move = #"{"us":1000000000000000,"player":\#(player % 4),"dx":0.25,"dy":-1}"#
                return Payload(text: #"42/echo,["room","room-\#(100 + player / 4)","move",\#(move)]"#)
            }
            return .emit(messages: moves, perSecond: perSecond)
        },
        floors: [FloorPlan(arguments: ["--work", "rooms", "--sockets", "400", "--room-size", "4"])])

    private static let merged = Workload(
        name: "W7", title: "500 viewers of 100 topics at 1 Hz; to the relay that merges, each topic comes at 10 Hz",
        kind: everything.kind, viewers: everything.viewers, deliveriesPerMessage: 500, load: everything.load,
        floors: everything.floors, merged: 10)

    private static func idle(_ connections: Int) -> Workload {
        Workload(
            name: "W5", title: "\(connections) idle connections", kind: .idle,
            viewers: Array(repeating: Introduction(namespace: "/devices"), count: connections),
            deliveriesPerMessage: 0, load: { _, _ in .idle }, floors: [])
    }

    private static let pingPong = Workload(
        name: "W6", title: "100 clients, each asking anew once it is answered", kind: .closedLoop,
        viewers: Array(repeating: Introduction(namespace: "/echo"), count: 100), deliveriesPerMessage: 1,
        load: { _, _ in
            .pingPong(message: Payload(text: #"42/echo,0["message-with-ack",{"us":1000000000000000,"n":1}]"#))
        },
        floors: [FloorPlan(arguments: ["--work", "rooms", "--sockets", "100", "--room-size", "1"])])
}
