internal import CLinux
internal import Glibc

/// Walks the WebSocket frames (RFC 6455 §5.2, server to client: unmasked) that lie whole in a stretch of bytes.
struct ServerFrames {
    enum Kind: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    struct Frame {
        var kind: Kind
        var payload: UnsafePointer<UInt8>
        var count: Int
    }

    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    /// A frame that no server of ours sends: reserved bits, an unknown kind, a mask.
    private(set) var isBroken = false

    init(_ start: UnsafePointer<UInt8>, count: Int) {
        next = start
        end = start + count
    }

    /// Bytes of a frame that is not whole yet.
    var rest: (start: UnsafePointer<UInt8>, count: Int) { (next, end - next) }

    mutating func nextFrame() -> Frame? {
        let available = end - next
        guard available >= 2, !isBroken else { return nil }
        guard let kind = Kind(rawValue: next[0] & 0x7f), next[1] & 0x80 == 0 else {
            isBroken = true
            return nil
        }
        var header = 2
        var count = Int(next[1])
        if count == 126 {
            guard available >= 4 else { return nil }
            count = Int(next[2]) << 8 | Int(next[3])
            header = 4
        } else if count == 127 {
            guard available >= 10 else { return nil }
            let long = UInt64(bigEndian: UnsafeRawPointer(next + 2).loadUnaligned(as: UInt64.self))
            guard long <= 1 << 30 else {
                isBroken = true
                return nil
            }
            count = Int(long)
            header = 10
        }
        guard available - header >= count else { return nil }
        let frame = Frame(kind: kind, payload: next + header, count: count)
        next += header + count
        return frame
    }
}

extension ServerFrames.Frame {
    func starts(with prefix: StaticString) -> Bool {
        count >= prefix.utf8CodeUnitCount && memcmp(payload, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    }

    func contains(_ part: StaticString) -> Bool {
        memmem(payload, count, part.utf8Start, part.utf8CodeUnitCount) != nil
    }

    var text: String { String(decoding: UnsafeBufferPointer(start: payload, count: count), as: UTF8.self) }
}
