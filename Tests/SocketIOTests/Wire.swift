import NIOCore
import SocketIO

/// A JSON value from its text, for tables of wire strings.
func json(_ text: String) throws -> JSON {
    try JSON(validating: ByteBuffer(string: text))
}

/// Arguments from a JSON array's text.
func arguments(_ text: String) throws -> Arguments {
    try Arguments(parsing: ByteBuffer(string: text))
}

/// What a decoder that has seen nothing yet makes of one text message.
func decode(_ text: String) throws(PacketError) -> SocketPacket? {
    var decoder = PacketDecoder()
    return try decoder.decode(text: ByteBuffer(string: text))
}

/// A packet's text message.
func encode(_ packet: SocketPacket) -> String {
    var buffer = ByteBuffer()
    packet.write(to: &buffer)
    return String(buffer: buffer)
}
