internal import Glibc

/// A device that publishes at QoS 0: MQTT 3.1.1 packets written by hand, Nagle's delay off.
final class Publisher {
    let descriptor: Int32
    private var waiting: [UInt8] = []

    /// Connects to the broker at a port of 127.0.0.1 and waits for its CONNACK.
    init(brokerPort: Int) throws {
        descriptor = try TCP.connect(port: brokerPort)
        let identifier = [UInt8]("relay-bench".utf8)
        let header: [UInt8] = [0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, UInt8(identifier.count)]
        let packet = [0x10, UInt8(header.count + identifier.count)] + header + identifier
        try packet.withUnsafeBytes { try TCP.sendAll($0, to: descriptor) }
        var answer = [UInt8](repeating: 0, count: 4)
        let count = recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL))
        guard count == 4, answer[0] == 0x20, answer[3] == 0 else { throw SystemError("MQTT CONNECT", code: EPROTO) }
        TCP.makeNonBlocking(descriptor)
    }

    deinit { close(descriptor) }

    /// Whether the broker has not taken everything yet.
    var isBehind: Bool { !waiting.isEmpty }

    /// Puts a PUBLISH packet behind what waits; `flush` sends it.
    func publish(_ payload: [UInt8], to topic: [UInt8]) {
        waiting.append(0x30)
        var length = 2 + topic.count + payload.count
        repeat {
            let low = UInt8(length & 0x7f)
            length >>= 7
            waiting.append(length > 0 ? low | 0x80 : low)
        } while length > 0
        waiting.append(UInt8(topic.count >> 8 & 0xff))
        waiting.append(UInt8(topic.count & 0xff))
        waiting += topic
        waiting += payload
    }

    /// Sends what waits, as far as the socket takes it.
    func flush() {
        guard !waiting.isEmpty else { return }
        let count = waiting.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, TCP.noSignal) }
        if count == waiting.count {
            waiting.removeAll(keepingCapacity: true)
        } else if count > 0 {
            waiting.removeFirst(count)
        }
    }
}
