/// What the verifier needs of a message: which device sent it when, and its number.
struct Stamp: Equatable {
    let device: Int
    let kind: MessageKind
    let sequence: UInt32
    /// When the message was meant to be sent, Unix microseconds.
    let timestamp: Int64
    /// Values that the relay says it merged away before this one.
    let skipped: UInt32
    /// When the relay had it, Unix milliseconds by the relay's clock; 0 where it does not say.
    var at: Int64 = 0
}

/// Reads the stamp from the raw bytes of an event, without building a value from its JSON: viewers must cost little.
///
/// An event is the array of Socket.IO: `["telemetry","devices/sim-0001/telemetry",{"ts":…,"seq":…},{"at":…,"skipped":…}]`,
/// where a placeholder stands for a binary payload. Arguments may have spaces and other members between them.
struct StampReader {
    private struct Group {
        let topicPrefix: [UInt8]
        let first: Int
        let members: Range<Int>
        let codec: Codec
    }

    private let groups: [Group]

    init(_ roster: Roster) {
        self.groups = roster.groups.map { group in
            let naming = group.devices.naming
            return Group(
                topicPrefix: Array("\(naming.prefix)/\(naming.id)".utf8), first: naming.first, members: group.members,
                codec: group.devices.codec)
        }
    }

    /// The stamp of an event; nil if it is not one of the fleet's messages or is malformed.
    /// - Parameter attachment: the binary payload, if the event has one.
    func read(event: UnsafeRawBufferPointer, attachment: UnsafeRawBufferPointer?) -> Stamp? {
        var cursor = ByteCursor(event)
        guard cursor.skip(past: Self.quote), cursor.skip(past: Self.quote), cursor.skip(past: Self.quote),
            let (device, codec) = self.device(&cursor)
        else { return nil }
        let kind: MessageKind
        if cursor.consume(Self.telemetryKey) {
            kind = .telemetry
        } else if cursor.consume(Self.frameKey) {
            kind = .frame
        } else {
            return nil
        }
        guard let attachment else { return self.text(of: device, kind, &cursor, options: nil) }
        switch kind == .telemetry ? codec : .packed {
        case .json:
            var payload = ByteCursor(attachment)
            return self.text(of: device, kind, &payload, options: cursor)
        case .cbor: return self.map(attachment, of: device, kind, &cursor)
        case .packed, .random: return self.head(attachment, of: device, kind, &cursor)
        }
    }

    /// The device whose topic begins here, and how it writes. Leaves the cursor at the topic's last level.
    private func device(_ cursor: inout ByteCursor) -> (Int, Codec)? {
        for group in self.groups {
            var place = cursor
            guard place.consume(group.topicPrefix), let number = place.number(), place.consume(Self.slash) else {
                continue
            }
            let (index, overflow) = Int(clamping: number).subtractingReportingOverflow(group.first)
            guard !overflow, index >= 0, index < group.members.count else { continue }
            cursor = place
            return (group.members.lowerBound + index, group.codec)
        }
        return nil
    }

    /// - Parameter options: where the event goes on behind the payload; nil where the payload is within the event.
    private func text(
        of device: Int, _ kind: MessageKind, _ payload: inout ByteCursor, options: ByteCursor?
    ) -> Stamp? {
        guard payload.skip(past: Self.timestampKey), let timestamp = payload.number(),
            payload.skip(past: Self.sequenceKey), let sequence = payload.number()
        else { return nil }
        var options = options ?? payload
        return self.stamp(device, kind, sequence, milliseconds: timestamp, &options)
    }

    /// The head of a binary payload.
    private func head(
        _ payload: UnsafeRawBufferPointer, of device: Int, _ kind: MessageKind, _ cursor: inout ByteCursor
    ) -> Stamp? {
        guard payload.count >= 16 else { return nil }
        let timestamp = UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        let sequence = UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return self.stamp(device, kind, sequence, milliseconds: timestamp / 1000, &cursor)
    }

    /// The beginning of a CBOR map.
    private func map(
        _ payload: UnsafeRawBufferPointer, of device: Int, _ kind: MessageKind, _ cursor: inout ByteCursor
    ) -> Stamp? {
        var place = ByteCursor(payload)
        guard place.skip(past: Self.cborTimestampKey), let timestamp = place.cborUnsigned(),
            place.consume(Self.cborSequenceKey), let sequence = place.cborUnsigned()
        else { return nil }
        return self.stamp(device, kind, sequence, milliseconds: timestamp, &cursor)
    }

    private func stamp(
        _ device: Int, _ kind: MessageKind, _ sequence: UInt64, milliseconds: UInt64, _ cursor: inout ByteCursor
    ) -> Stamp? {
        guard let sequence = UInt32(exactly: sequence), sequence > 0,
            let timestamp = Int64(exactly: milliseconds), timestamp < Int64.max / 1000
        else { return nil }
        let at = cursor.skip(past: Self.atKey) ? cursor.number() ?? 0 : 0
        let skipped = cursor.skip(past: Self.skippedKey) ? cursor.number() ?? 0 : 0
        return Stamp(
            device: device, kind: kind, sequence: sequence, timestamp: timestamp * 1000,
            skipped: UInt32(clamping: skipped), at: Int64(clamping: at))
    }

    /// Whether an event is of a topic of the fleet's, whatever it says.
    func concerns(event: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(event)
        return cursor.skip(past: Self.quote) && cursor.skip(past: Self.quote) && cursor.skip(past: Self.quote)
            && self.device(&cursor) != nil
    }

    private static let quote = Array("\"".utf8)
    private static let slash = Array("/".utf8)
    private static let telemetryKey = Array("telemetry\"".utf8)
    private static let frameKey = Array("frame\"".utf8)
    private static let timestampKey = Array("\"ts\":".utf8)
    private static let sequenceKey = Array("\"seq\":".utf8)
    private static let atKey = Array("\"at\":".utf8)
    private static let skippedKey = Array("\"skipped\":".utf8)
    private static let cborTimestampKey = [0x62] + Array("ts".utf8)
    private static let cborSequenceKey = [0x63] + Array("seq".utf8)
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

    /// Moves behind `text` if it stands here.
    mutating func consume(_ text: [UInt8]) -> Bool {
        guard self.rest.starts(with: text) else { return false }
        self.rest = self.rest.dropFirst(text.count)
        return true
    }

    /// The unsigned integer here in CBOR (RFC 8949 §3.1); nil if there is none.
    mutating func cborUnsigned() -> UInt64? {
        guard let head = self.rest.popFirst(), head < 28 else { return nil }
        guard head >= 24 else { return UInt64(head) }
        let bytes = self.rest.prefix(1 << Int(head - 24))
        guard bytes.count == 1 << Int(head - 24) else { return nil }
        self.rest = self.rest.dropFirst(bytes.count)
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
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
