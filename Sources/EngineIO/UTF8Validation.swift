package import NIOCore

extension ByteBuffer {
    /// Whether the readable bytes are well-formed UTF-8. Plain ASCII, the usual case, costs an eighth of a look a byte.
    package var isValidUTF8: Bool {
        self.withUnsafeReadableBytes { bytes in
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if word & 0x8080_8080_8080_8080 != 0 { break }
                index += 8
            }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
            return (try? UTF8Span(validating: rest.bindMemory(to: UInt8.self).span)) != nil
        }
    }
}
