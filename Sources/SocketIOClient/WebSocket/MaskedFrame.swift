import NIOCore
import NIOWebSocket

extension ByteBuffer {
    /// Appends one whole WebSocket frame as clients send it, masked (RFC 6455 §5.2, §5.3). The payload is written in
    /// place and masked there; no copy is made but the one that `payload` makes.
    ///
    /// - Parameter key: must be unpredictable to whoever chose the payload.
    mutating func writeMaskedFrame(
        _ opcode: WebSocketOpcode, key: UInt32, payload: (inout ByteBuffer) -> Void
    ) {
        let start = self.writerIndex
        self.writeRepeatingByte(0, count: Self.shortHeaderBytes)
        payload(&self)
        let length = self.writerIndex - start - Self.shortHeaderBytes
        let first = 0x80 | UInt8(webSocketOpcode: opcode)
        var header = start
        header += self.setInteger(first, at: header)
        switch length {
        case ...125:
            header += self.setInteger(0x80 | UInt8(length), at: header)
        case ...0xffff:
            self.makeRoom(2, at: start + Self.shortHeaderBytes, length: length)
            header += self.setInteger(0x80 | UInt8(126), at: header)
            header += self.setInteger(UInt16(length), at: header)
        default:
            self.makeRoom(8, at: start + Self.shortHeaderBytes, length: length)
            header += self.setInteger(0x80 | UInt8(127), at: header)
            header += self.setInteger(UInt64(length), at: header)
        }
        header += self.setInteger(key, at: header, endianness: .little)
        self.mask(from: header - self.readerIndex, key: key)
    }

    /// First byte, length byte, key.
    private static var shortHeaderBytes: Int { 6 }

    /// Moves the last `length` bytes, which begin at `index`, towards the end.
    private mutating func makeRoom(_ count: Int, at index: Int, length: Int) {
        self.writeRepeatingByte(0, count: count)
        let offset = index - self.readerIndex
        self.withUnsafeMutableReadableBytes { bytes in
            let moved = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
            UnsafeMutableRawBufferPointer(rebasing: bytes[(offset + count)...]).copyMemory(from: moved)
        }
    }

    /// Masks everything from this offset on, eight bytes at a step. The key's first byte is its lowest.
    private mutating func mask(from offset: Int, key: UInt32) {
        self.withUnsafeMutableReadableBytes { bytes in
            let wide = UInt64(key) << 32 | UInt64(key)
            var index = offset
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ wide
                bytes.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            var rest = wide
            while index < bytes.count {
                bytes[index] ^= UInt8(truncatingIfNeeded: rest)
                rest >>= 8
                index += 1
            }
        }
    }
}
