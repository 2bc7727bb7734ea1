/// What a session is to be subscribed to, and which SUBSCRIBEs the broker has yet to answer.
struct SubscriptionBook {
    /// SUBSCRIBE packets stay below what brokers with small limits take.
    static let filtersPerPacket = 200
    static let bytesPerPacket = 8_192

    private(set) var wanted: [TopicFilter: Subscription] = [:]
    private var order: [TopicFilter] = []
    /// By packet identifier.
    private var unanswered: [Int: [TopicFilter]] = [:]

    struct Change {
        var removed: [TopicFilter]
        var added: [Subscription]
    }

    /// Whether the broker has answered all that it was sent.
    var isSettled: Bool { self.unanswered.isEmpty }

    /// The wanted subscriptions in the order they were given.
    var all: [Subscription] { self.order.compactMap { self.wanted[$0] } }

    static func check(_ subscriptions: [Subscription]) throws(SubscriptionRefusal) {
        for subscription in subscriptions where subscription.qos == .exactlyOnce {
            throw SubscriptionRefusal(filter: subscription.filter, reason: .exactlyOnceNotOffered)
        }
    }

    /// When one filter is given twice, the last counts.
    mutating func replace(with subscriptions: [Subscription]) -> Change {
        let before = self.wanted
        self.wanted = [:]
        self.order = []
        for subscription in subscriptions {
            if self.wanted.updateValue(subscription, forKey: subscription.filter) == nil {
                self.order.append(subscription.filter)
            }
        }
        return Change(
            removed: before.keys.filter { self.wanted[$0] == nil },
            added: self.all.filter { before[$0.filter] != $0 })
    }

    /// Cuts the subscriptions into packets: all that share a packet share QoS and options.
    static func packets(of subscriptions: [Subscription]) -> [[Subscription]] {
        struct Options: Hashable {
            let qos: QoS, noLocal: Bool, retainAsPublished: Bool
        }
        let alike = Dictionary(grouping: subscriptions) {
            Options(qos: $0.qos, noLocal: $0.noLocal, retainAsPublished: $0.retainAsPublished)
        }
        return alike.values.flatMap { Self.cut($0) { $0.filter.string.utf8.count + 3 } }
    }

    static func packets(of filters: [TopicFilter]) -> [[TopicFilter]] {
        Self.cut(filters) { $0.string.utf8.count + 2 }
    }

    private static func cut<Element>(_ elements: [Element], size: (Element) -> Int) -> [[Element]] {
        var packets: [[Element]] = []
        var packet: [Element] = []
        var bytes = 0
        for element in elements {
            let elementBytes = size(element)
            if !packet.isEmpty, packet.count == Self.filtersPerPacket || bytes + elementBytes > Self.bytesPerPacket {
                packets.append(packet)
                packet = []
                bytes = 0
            }
            packet.append(element)
            bytes += elementBytes
        }
        if !packet.isEmpty { packets.append(packet) }
        return packets
    }

    mutating func sent(_ filters: [TopicFilter], identifier: Int) {
        self.unanswered[identifier] = filters
    }

    /// The broker answered with one code per filter.
    /// - Returns: those it refused. A filter without a code is refused, too.
    mutating func answered(identifier: Int, codes: [UInt8]) -> [SubscriptionRefusal] {
        guard let filters = self.unanswered.removeValue(forKey: identifier) else { return [] }
        return filters.enumerated().compactMap { index, filter in
            guard index < codes.count else {
                return SubscriptionRefusal(filter: filter, reason: .library("the broker's answer leaves it out"))
            }
            let code = codes[index]
            return code < 0x80 ? nil : SubscriptionRefusal(filter: filter, reason: .broker(code: code))
        }
    }

    mutating func linkLost() {
        self.unanswered = [:]
    }
}
