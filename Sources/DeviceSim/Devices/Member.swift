import Simulator
import MQTT
import NIOCore

/// A device of the fleet with its connection: what it publishes where, and whether it can.
struct Member {
    var device: Device
    /// The place of its group in the ``Roster``.
    let group: Int
    var session: MQTTSession
    /// A second session with the same client id, on its way to take over.
    var successor: MQTTSession?
    let status: TopicName
    /// By ``MessageKind``.
    private let topics: [TopicName]
    /// By ``MessageKind``: a message that the session had no room for. It goes before any newer one, so that `seq` has
    /// no gaps.
    var unsent: [Message?]
    /// By ``MessageKind``: a message that waits for the next one to go before it, on purpose.
    var held: [Message?]
    /// Messages that are to be sent late, on purpose, in the order in which they were meant.
    var late: [Late] = []
    /// By ``MessageKind``.
    var dice: [FaultDice]
    /// By ``MessageKind``: for when the last message that was published was meant.
    var lastSent: [Moment]
    /// When it first came online; its values follow from the time since.
    private(set) var began: Moment?
    private(set) var isOnline = false
    /// A device that has left comes back by itself; others must not make it leave again.
    var isAway = false

    /// A payload on its way, and what is to be known of it.
    struct Message {
        var payload: ByteBuffer
        var publication: PublicationLog.Publication
        /// When it was meant to be sent.
        let moment: Moment
    }

    struct Late {
        let due: Moment
        let kind: MessageKind
        let message: Message
    }

    /// On the loop only.
    init(
        _ index: Int, of roster: Roster, _ settings: DeviceSimConfiguration, broker: MQTTConfiguration,
        on loop: MQTTLoop
    ) throws {
        let kinds = MessageKind.allCases
        self.group = roster.group(of: index)
        let group = roster.groups[self.group]
        self.topics = try kinds.map { try TopicName(roster.topic($0.leaf, of: index)) }
        self.status = try TopicName(roster.topic("status", of: index))
        self.unsent = kinds.map { _ in nil }
        self.held = kinds.map { _ in nil }
        self.lastSent = kinds.map { _ in .zero }
        let seed = settings.run.seed
        self.dice = kinds.map { FaultDice(topic: index * kinds.count + $0.rawValue, device: index, seed: seed) }
        self.device = Device(
            number: group.devices.naming.first + index - group.members.lowerBound,
            seed: seed &+ UInt64(self.group) &* 0x1_0000_0001, fields: group.devices.fields,
            rate: group.devices.rate, codec: group.devices.codec, payloadSize: group.devices.size)
        self.session = try Self.session(of: index, roster, settings, broker, on: loop)
    }

    /// A session with the client id of a device, which is not connected yet.
    static func session(
        of index: Int, _ roster: Roster, _ settings: DeviceSimConfiguration, _ broker: MQTTConfiguration,
        on loop: MQTTLoop
    ) throws -> MQTTSession {
        var configuration = broker
        configuration.clientID = roster.id(of: index)
        configuration.wantsProperties = true  // a command's response topic
        configuration.will = MQTTWill(
            topic: try TopicName(roster.topic("status", of: index)), payload: Presence.offline, retain: true)
        let session = MQTTSession(configuration, on: loop)
        let commands = try TopicFilter(roster.topic("commands", of: index))
        try session.setSubscriptions([Subscription(commands, qos: settings.mqtt.serviceQuality)])
        return session
    }

    func topic(_ kind: MessageKind) -> TopicName {
        return self.topics[kind.rawValue]
    }

    /// The link is up. Returns whether it is for the first time.
    mutating func cameOnline(at moment: Moment) -> Bool {
        self.isOnline = true
        self.isAway = false
        guard self.began == nil else { return false }
        self.began = moment
        return true
    }

    /// Its values begin at that moment, not at an earlier one at which it came online.
    mutating func begin(at moment: Moment) {
        self.began = moment
    }

    mutating func wentOffline() {
        self.isOnline = false
    }

    /// Seconds from when the device first came online to a moment of the run.
    func age(at moment: Moment) -> Double {
        return Double(moment.milliseconds - (self.began ?? moment).milliseconds) / 1000
    }

    /// The number of messages of this kind that have been handed to the session, where there are no faults.
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
