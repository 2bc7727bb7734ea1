/// A message with the moment it was due in it, made once and stamped anew for each sending.
package struct Payload: Sendable {
    enum Stamp: Sendable {
        case digits(at: Int)
        case firstEightBytes
    }

    private(set) var bytes: [UInt8]
    let stamp: Stamp

    /// A device's telemetry of exactly `size` bytes of JSON (at least 190).
    package static func telemetry(size: Int) -> Payload {
        let head = #"{"ts":\#(Clock.wall() / 1_000_000),"us":1000000000000000,"seq":1048576,"temperature":21.53,"#
        let values = #""humidity":44.8,"pressure":1013.25,"battery":87,"rssi":-61,"state":"running","note":""#
        let fill = String(repeating: "x", count: max(0, size - head.utf8.count - values.utf8.count - 2))
        return Payload(text: head + values + fill + "\"}")
    }

    /// A camera's or a sensor's frame: eight bytes of time, then noise that is no valid UTF-8.
    package static func binary(size: Int) -> Payload {
        let noise = (0..<max(8, size)).map { UInt8(truncatingIfNeeded: $0 &* 167 | 0x80) }
        return Payload(bytes: noise, stamp: .firstEightBytes)
    }

    /// Any text that holds `"us":` and sixteen digits.
    package init(text: String) {
        let bytes = [UInt8](text.utf8)
        let marker = Timestamp.marker.withUTF8Buffer { Array($0) }
        let starts = bytes.indices.dropLast(marker.count)
        guard let place = starts.first(where: { bytes[$0..<$0 + marker.count].elementsEqual(marker) }) else {
            preconditionFailure("A payload of the benchmark holds its time: \(text)")
        }
        self.init(bytes: bytes, stamp: .digits(at: place + marker.count))
    }

    private init(bytes: [UInt8], stamp: Stamp) {
        self.bytes = bytes
        self.stamp = stamp
    }

    /// Writes the moment into the bytes.
    mutating func stamp(_ time: Nanoseconds) {
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            switch stamp {
            case .digits(let place): Timestamp.writeText(time, to: start + place)
            case .firstEightBytes: Timestamp.writeBinary(time, to: start)
            }
        }
    }
}
