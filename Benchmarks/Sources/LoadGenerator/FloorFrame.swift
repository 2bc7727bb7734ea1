/// The bytes a relay sends one viewer for one message, ready-made but for the time.
package struct FloorFrame: Sendable {
    private(set) var bytes: [UInt8]
    private var payload: Payload
    private let payloadStart: Int

    /// An event whose payload is JSON: one text frame.
    package static func text(_ payload: Payload) -> FloorFrame {
        let head = Array(#"42/devices,["telemetry","devices/d0000/telemetry","#.utf8)
        let tail = Array(#",{"at":1700000000000}]"#.utf8)
        let size = head.count + payload.bytes.count + tail.count
        let header: [UInt8] = [0x81, 126, UInt8(size >> 8), UInt8(size & 0xff)]
        let start = header.count + head.count
        return FloorFrame(bytes: header + head + payload.bytes + tail, payload: payload, payloadStart: start)
    }

    /// An event whose payload is binary: a text frame and a binary frame behind it.
    package static func binary(_ payload: Payload) -> FloorFrame {
        let head = #"451-/devices,["frame","devices/d0000/frame",{"_placeholder":true,"num":0},{"at":1700000000000}]"#
        let size = payload.bytes.count
        let header: [UInt8] = [0x81, UInt8(head.utf8.count)] + Array(head.utf8)
        let attachment: [UInt8] = [0x82, 126, UInt8(size >> 8), UInt8(size & 0xff)]
        let start = header.count + attachment.count
        return FloorFrame(bytes: header + attachment + payload.bytes, payload: payload, payloadStart: start)
    }

    mutating func stamp(_ time: Nanoseconds) {
        payload.stamp(time)
        bytes.replaceSubrange(payloadStart..<payloadStart + payload.bytes.count, with: payload.bytes)
    }
}
