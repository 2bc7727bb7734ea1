import EngineIO
import NIOCore
import SocketIO

/// The input is a sequence of Engine.IO messages with 0xff between them, a byte that UTF-8 never has. A message that
/// begins with 0xfe is binary, every other one text.
func fuzzSocketPacket(_ input: [UInt8]) throws(BrokenPromise) {
    var decoder = PacketDecoder()
    var connection = ConnectionStateMachine()
    for message in input.split(separator: 0xff, omittingEmptySubsequences: false).prefix(64) {
        let packet: SocketPacket?
        do throws(PacketError) {
            if message.first == 0xfe {
                packet = try decoder.decode(binary: ByteBuffer(bytes: message.dropFirst()))
            } else {
                let text = ByteBuffer(bytes: message)
                guard text.isValidUTF8 else { return }
                packet = try decoder.decode(text: text)
            }
        } catch {
            // The connection ends here; what still comes must do no harm.
            continue
        }
        guard let packet else { continue }
        try checkRoundTrip(packet)
        try advance(&connection, packet)
    }
}

private func checkRoundTrip(_ packet: SocketPacket) throws(BrokenPromise) {
    let attachments = packet.attachments
    try promise(attachments.count <= SocketPacket.maximumAttachments, "a packet has at most ten attachments")
    var text = ByteBuffer()
    packet.write(to: &text)
    var decoder = PacketDecoder()
    var decoded = try? decoder.decode(text: text)
    try promise((decoded == nil) == !attachments.isEmpty, "a packet waits for its attachments, and for nothing else")
    for attachment in attachments { decoded = try? decoder.decode(binary: attachment) }
    try promise(decoded == packet, "a packet reads back from what it writes: \(packet)")
}

private func advance(_ connection: inout ConnectionStateMachine, _ packet: SocketPacket) throws(BrokenPromise) {
    let joined = connection.hasEverJoined
    switch connection.received(packet) {
    case .connect where packet.namespace.utf8.count % 3 == 0: connection.refused(packet.namespace)
    case .connect: connection.accepted(packet.namespace)
    case .deliverEvent, .deliverAck, .disconnect: try promise(joined, "only what has joined is told")
    case .ignore, .close: break
    }
}
