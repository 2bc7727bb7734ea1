import Logging
import MQTT
import SocketIOServer

/// The links to the brokers, by their places in the configuration.
struct Bridges: Sendable {
    private let places: [Bridge?]

    /// One for each broker that something here is wanted of.
    init(_ configuration: RelayConfiguration) throws {
        let serials = MessageSerials()
        self.places = try configuration.brokers.enumerated().map { index, broker in
            let interests = configuration.interests(in: index)
            guard !interests.isEmpty else { return nil }
            var logger = Logger(label: "relay.mqtt")
            if let name = broker.name { logger[metadataKey: "mqtt.broker"] = "\(name)" }
            return try Bridge(
                broker, at: index, interests: interests, serials: serials,
                presence: RelayPresence(broker, port: configuration.server.port), logger: logger)
        }
    }

    subscript(broker: Int) -> Bridge? { self.places.indices.contains(broker) ? self.places[broker] : nil }

    /// The first broker's: that of rooms, and of whatever names no other.
    var first: Bridge? { self[0] }

    var all: [Bridge] { self.places.compactMap(\.self) }

    func start(deliveringTo hub: Hub) {
        for bridge in self.all { bridge.start(deliveringTo: hub) }
    }

    func stop() async {
        await withTaskGroup { group in
            for bridge in self.all { group.addTask { await bridge.stop() } }
        }
    }
}
