import Simulator
import MQTT
import NIOCore

/// A device of the fleet with its connection: what it publishes where, and whether it can.
struct Member {
    var device: Device
    let session: MQTTSession
    let status: TopicName
    /// By ``MessageKind``.
    private let topics: [TopicName]
    /// By ``MessageKind``: a message that the session had no room for. It goes before any newer one, so that `seq` has
    /// no gaps.
    var unsent: [ByteBuffer?]
    /// When it first came online; its values follow from the time since.
    private(set) var began: Moment?
    private(set) var isOnline = false

    /// On the loop only.
    init(_ index: Int, _ settings: DeviceSimConfiguration, broker: MQTTConfiguration, on loop: MQTTLoop) throws {
        let naming = settings.devices.naming
        let kinds = MessageKind.allCases
        self.topics = try kinds.map { try TopicName(naming.topic($0.leaf, of: index)) }
        self.status = try TopicName(naming.topic("status", of: index))
        self.unsent = kinds.map { _ in nil }
        self.device = Device(
            number: naming.first + index, seed: settings.run.seed, fields: settings.devices.fields,
            rate: settings.devices.rate, payloadSize: settings.devices.size)
        var configuration = broker
        configuration.clientID = naming.id(of: index)
        configuration.will = MQTTWill(topic: self.status, payload: Presence.offline, retain: true)
        self.session = MQTTSession(configuration, on: loop)
        let commands = try TopicFilter(naming.topic("commands", of: index))
        try self.session.setSubscriptions([Subscription(commands, qos: settings.mqtt.serviceQuality)])
    }

    func topic(_ kind: MessageKind) -> TopicName {
        return self.topics[kind.rawValue]
    }

    /// The link is up. Returns whether it is for the first time.
    mutating func cameOnline(at moment: Moment) -> Bool {
        self.isOnline = true
        guard self.began == nil else { return false }
        self.began = moment
        return true
    }

    mutating func wentOffline() {
        self.isOnline = false
    }

    /// Seconds from when the device first came online to a moment of the run.
    func age(at moment: Moment) -> Double {
        return Double(moment.milliseconds - (self.began ?? moment).milliseconds) / 1000
    }

    /// The number of messages of this kind that have been handed to the session.
    func published(_ kind: MessageKind) -> UInt64 {
        let written = kind == .telemetry ? self.device.telemetrySequence : self.device.frameSequence
        return self.unsent[kind.rawValue] == nil ? written : written - 1
    }
}

/// The words on a status topic.
enum Presence {
    static let online = ByteBuffer(string: "online")
    static let offline = ByteBuffer(string: "offline")
}

extension DeviceSimConfiguration.MQTT {
    var serviceQuality: QoS {
        return self.qos == 0 ? .atMostOnce : .atLeastOnce
    }

    /// What all sessions have in common.
    /// - Parameter payloadBytes: of one message; a few must fit into what a session lets wait.
    func broker(payloadBytes: Int) throws(ImpossibleSetting) -> MQTTConfiguration {
        var broker: MQTTConfiguration
        do {
            broker = try MQTTConfiguration(url: self.url, version: self.version == 5 ? .v5 : .v311)
        } catch {
            throw ImpossibleSetting(name: "mqtt.url (--mqtt)", problem: "\(error)")
        }
        if let username = self.username { broker.username = username }
        if let password = self.password { broker.password = password }
        broker.keepAlive = .seconds(self.keepAlive.components.seconds)
        broker.limits.outboundBytes = 65_536 + 8 * payloadBytes
        broker.limits.packetBytes = 65_536
        return broker
    }
}

/// A setting that looks right until it is used.
struct ImpossibleSetting: Error, CustomStringConvertible {
    let name: String
    let problem: String

    var description: String {
        return "\(self.name): \(self.problem)"
    }
}
