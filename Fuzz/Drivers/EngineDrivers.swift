import EngineIO
import NIOCore

func fuzzBase64(_ input: [UInt8]) throws(BrokenPromise) {
    let bytes = ByteBuffer(bytes: input)
    var encoded = ByteBuffer()
    Base64.encode(bytes, into: &encoded)
    try promise(encoded.readableBytes == (input.count + 2) / 3 * 4, "Base64 is written in whole groups of four")
    try promise(Base64.decode(encoded) == bytes, "what was written reads back the same")

    // The same input as foreign text: what it decodes to is what writing and reading again gives.
    guard let decoded = Base64.decode(bytes) else { return }
    try promise(decoded.readableBytes <= input.count / 4 * 3 + 2, "decoding never makes more bytes than four to three")
    var again = ByteBuffer()
    Base64.encode(decoded, into: &again)
    try promise(Base64.decode(again) == decoded, "decoded bytes survive a round trip")
}

func fuzzEnginePacket(_ input: [UInt8]) throws(BrokenPromise) {
    guard let packet = try? EnginePacket(text: ByteBuffer(bytes: input)) else { return }
    try checkRoundTrip(packet)
    try fuzzSession(packet, input)
}

private func checkRoundTrip(_ packet: EnginePacket) throws(BrokenPromise) {
    var written = ByteBuffer()
    packet.write(to: &written)
    guard packet.isText else { return }
    try promise((try? EnginePacket(text: written)) == packet, "a packet reads back from what it writes: \(packet)")
}

/// Any walk through a session ends where a closed session does nothing.
private func fuzzSession(_ packet: EnginePacket, _ steps: [UInt8]) throws(BrokenPromise) {
    var session = SessionStateMachine(transport: steps.count % 2 == 0 ? .polling : .webSocket)
    for step in steps {
        switch step % 8 {
        case 0: _ = session.pollOpened()
        case 1: session.pollAnswered()
        case 2: _ = session.postOpened()
        case 3: session.postEnded()
        case 4: _ = session.candidateOpened()
        case 5: session.candidateEnded()
        case 6: _ = session.candidateReceived(packet)
        default: _ = session.received(packet)
        }
    }
    session.close()
    try promise(session.received(packet) == .ignore, "a closed session ignores packets")
    try promise(session.pollOpened() == .refuse(.badRequest), "a closed session refuses polls")
    try promise(!session.candidateOpened(), "a closed session takes no candidate")
}

func fuzzPollingPayload(_ input: [UInt8]) throws(BrokenPromise) {
    guard let packets = try? PollingPayload.decode(ByteBuffer(bytes: input)) else { return }
    let separators = input.count { $0 == PollingPayload.separator }
    try promise(packets.count == separators + 1, "every separator stands between two packets")
    var body = ByteBuffer()
    for packet in packets {
        try checkRoundTrip(packet)
        PollingPayload.append(packet, to: &body)
    }
    try promise((try? PollingPayload.decode(body)) == packets, "a body reads back from what was written")
}

func fuzzRequestTarget(_ input: [UInt8]) throws(BrokenPromise) {
    let uri = String(decoding: input, as: UTF8.self)
    let target = RequestTarget(uri)
    for (name, value) in target.query {
        try promise(target[name] == target.query.last { $0.name == name }?.value, "the last value of a name counts")
        try promise(value.utf8.count <= uri.utf8.count * 3, "decoding does not blow a value up")
    }
    try promise(target == RequestTarget(uri), "equal targets from equal text")

    // Everything percent-encoded names the same path.
    let path = "/" + input.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try promise(RequestTarget(path).path == "/" + uri, "an encoded path decodes to the text it stands for")

    if let id = SessionID(uri) {
        try promise(id.description == uri && (0..<SessionID.maximumShards).contains(id.shard), "ids name their shard")
    }
}
