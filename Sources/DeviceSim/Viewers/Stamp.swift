/// What the verifier needs of a message: which device sent it when, and its number.
struct Stamp: Equatable {
    let device: Int
    let kind: MessageKind
    let sequence: UInt32
    /// When the message was meant to be sent, Unix microseconds.
    let timestamp: Int64
    /// Values that the relay says it merged away before this one.
    let skipped: UInt32
}

/// Reads the stamp from the raw bytes of an event, without building a value from its JSON: viewers must cost little.
///
/// An event is the array of Socket.IO: `["telemetry","devices/sim-0001/telemetry",{"ts":…,"seq":…},{"at":…,"skipped":…}]`,
/// where a placeholder stands for a binary payload. Arguments may have spaces and other members between them.
struct StampReader {
    private let topicPrefix: [UInt8]
    private let first: Int
    private let devices: Int

    init(naming: Naming, devices: Int) {
        self.topicPrefix = Array("\"\(naming.prefix)/\(naming.id)".utf8)
        self.first = naming.first
        self.devices = devices
    }

    /// The stamp of an event; nil if it is not one of the fleet's messages or is malformed.
    /// - Parameter attachment: the binary payload, if the event has one.
    func read(event: UnsafeRawBufferPointer, attachment: UnsafeRawBufferPointer?) -> Stamp? {
        var cursor = ByteCursor(event)
        guard cursor.skip(past: self.topicPrefix), let number = cursor.number(), cursor.skip(past: [UInt8(ascii: "/")])
        else { return nil }
        let (device, overflow) = Int(clamping: number).subtractingReportingOverflow(self.first)
        guard !overflow, (0..<self.devices).contains(device) else { return nil }
        guard let attachment else { return self.telemetry(of: device, &cursor) }
        return self.frame(attachment, of: device, &cursor)
    }

    private func telemetry(of device: Int, _ cursor: inout ByteCursor) -> Stamp? {
        guard cursor.skip(past: Self.telemetryKey), cursor.skip(past: Self.timestampKey),
            let timestamp = cursor.number(),
            cursor.skip(past: Self.sequenceKey), let sequence = cursor.number()
        else { return nil }
        return self.stamp(device, .telemetry, sequence, milliseconds: timestamp, &cursor)
    }

    private func frame(
        _ payload: UnsafeRawBufferPointer, of device: Int, _ cursor: inout ByteCursor
    ) -> Stamp? {
        guard payload.count >= 16 else { return nil }
        let timestamp = UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        let sequence = UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return self.stamp(device, .frame, sequence, milliseconds: timestamp / 1000, &cursor)
    }

    private func stamp(
        _ device: Int, _ kind: MessageKind, _ sequence: UInt64, milliseconds: UInt64, _ cursor: inout ByteCursor
    ) -> Stamp? {
        guard let sequence = UInt32(exactly: sequence), sequence > 0,
            let timestamp = Int64(exactly: milliseconds), timestamp < Int64.max / 1000
        else { return nil }
        let skipped = cursor.skip(past: Self.skippedKey) ? cursor.number() ?? 0 : 0
        return Stamp(
            device: device, kind: kind, sequence: sequence, timestamp: timestamp * 1000,
            skipped: UInt32(clamping: skipped))
    }

    private static let telemetryKey = Array("telemetry\"".utf8)
    private static let timestampKey = Array("\"ts\":".utf8)
    private static let sequenceKey = Array("\"seq\":".utf8)
    private static let skippedKey = Array("\"skipped\":".utf8)
}

/// A place in bytes, moving forward only.
private struct ByteCursor {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: UnsafeRawBufferPointer) {
        self.rest = bytes[...]
    }

    /// Moves behind the next occurrence of `needle`; stays where it is if there is none.
    mutating func skip(past needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return true }
        var candidates = self.rest
        while let start = candidates.firstIndex(of: first) {
            candidates = candidates[start...]
            if candidates.starts(with: needle) {
                self.rest = candidates.dropFirst(needle.count)
                return true
            }
            candidates = candidates.dropFirst()
        }
        return false
    }

    /// The decimal number here, after any spaces; nil if there is none or it does not fit.
    mutating func number() -> UInt64? {
        while self.rest.first == UInt8(ascii: " ") { self.rest.removeFirst() }
        var value: UInt64?
        while let byte = self.rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (tens, tooLarge) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else { return nil }
            value = sum
            self.rest.removeFirst()
        }
        return value
    }
}
