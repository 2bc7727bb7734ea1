import NIOCore

/// The fields of binary frames, all of them little-endian.
extension ByteBuffer {
    mutating func readField<Field: FixedWidthInteger>(as: Field.Type = Field.self) throws(FrameError) -> Field {
        guard let field = self.readInteger(endianness: .little, as: Field.self) else { throw .truncated }
        return field
    }

    mutating func writeField(_ field: some FixedWidthInteger) {
        self.writeInteger(field, endianness: .little)
    }

    /// Bytes with their length in front, in 16 bits.
    mutating func readPayload() throws(FrameError) -> ByteBuffer {
        let length = try self.readField(as: UInt16.self)
        guard let payload = self.readSlice(length: Int(length)) else { throw .truncated }
        return payload
    }

    /// - Parameter payload: at most 65,535 bytes.
    mutating func writePayload(_ payload: ByteBuffer) {
        self.writeField(UInt16(clamping: payload.readableBytes))
        self.writeImmutableBuffer(payload)
    }

    mutating func writeFrameHeader(_ type: FrameType, ref: UInt16) {
        self.writeField(BinaryFrame.magic)
        self.writeField(type.rawValue)
        self.writeField(ref)
    }
}
