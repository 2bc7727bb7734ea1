import Seeding

/// One simulated device as a value: what it measures, what it has been told, what its next message says. No I/O; the
/// same seed and the same calls give the same bytes.
///
/// Telemetry is an object, `ts` and `seq` first, in JSON or another ``Codec``:
///
///     {"ts":1700000000000,"seq":1,"temperature":21.53,…,"rate":1,"led":"off"}
///
/// `ts` is when the message was meant to be sent (Unix milliseconds), `rate` the messages per second and `led` the
/// light, both as commands have set them. `"error":"…"` answers a command that was not understood, once. `"pad"`
/// fills up to a size asked for.
///
/// A frame is binary, every number big-endian:
///
///     byte  0   UInt64   ts, Unix microseconds
///     byte  8   UInt64   seq
///     byte 16   Int16 ×  samples of one waveform, up to the end (an odd last byte is 0)
///
/// Telemetry and frames each count their own `seq` from 1 without gaps.
struct Device {
    private var sources: [(name: String, source: ValueSource)]
    private var waveform: ValueSource
    private var noise: SplitMix64
    private let codec: Codec
    private let payloadSize: Int
    private(set) var telemetrySequence: UInt64 = 0
    private(set) var frameSequence: UInt64 = 0
    private(set) var rate: Double
    private(set) var light = "off"
    private var complaint: String?

    /// - Parameters:
    ///   - number: which device of the fleet; its random numbers are its own, whatever the others do.
    ///   - payloadSize: bytes of every payload, 0 for as many as it takes.
    init(number: Int, seed: UInt64, fields: [Field], rate: Double, codec: Codec = .json, payloadSize: Int) {
        let stream = UInt64(truncatingIfNeeded: number) << 8
        self.sources = fields.enumerated().map { index, field in
            let random = SplitMix64(seed: seed, stream: stream | UInt64(truncatingIfNeeded: index & 0x7F))
            return (field.name, ValueSource(field.model, random: random))
        }
        self.waveform = ValueSource(
            .walk(range: -20_000...20_000, step: 900), random: SplitMix64(seed: seed, stream: stream | 0x80))
        self.noise = SplitMix64(seed: seed, stream: stream | 0x81)
        self.codec = codec
        self.payloadSize = payloadSize
        self.rate = rate
    }

    /// Writes the next telemetry message, in place of what `payload` held.
    /// - Parameters:
    ///   - seconds: since the device started, from which the values follow.
    ///   - timestamp: Unix milliseconds, written as `ts`.
    mutating func writeTelemetry(at seconds: Double, timestamp: Int64, into payload: inout PayloadWriter) {
        self.telemetrySequence += 1
        payload.removeAll()
        switch self.codec {
        case .json: self.writeJSON(at: seconds, timestamp, into: &payload)
        case .cbor: self.writeCBOR(at: seconds, timestamp, into: &payload)
        case .packed: self.writePacked(at: seconds, timestamp, into: &payload)
        case .random:
            payload.head(timestamp: timestamp, sequence: self.telemetrySequence)
            payload.fill(to: self.payloadSize == 0 ? 64 : self.payloadSize, from: &self.noise)
        }
    }

    private mutating func writeJSON(at seconds: Double, _ timestamp: Int64, into payload: inout PayloadWriter) {
        payload.beginObject()
        payload.member("ts", timestamp)
        payload.member("seq", self.telemetrySequence)
        self.forEachReading(at: seconds) { payload.member($0, $1) }
        payload.pad(toObjectOf: self.payloadSize)
        payload.endObject()
    }

    private mutating func writeCBOR(at seconds: Double, _ timestamp: Int64, into payload: inout PayloadWriter) {
        payload.cborMap(of: 4 + self.sources.count + (self.complaint == nil ? 0 : 1))
        payload.cborMember("ts", .integer(timestamp))
        payload.cborMember("seq", .integer(Int64(clamping: self.telemetrySequence)))
        self.forEachReading(at: seconds) { payload.cborMember($0, $1) }
    }

    private mutating func writePacked(at seconds: Double, _ timestamp: Int64, into payload: inout PayloadWriter) {
        payload.head(timestamp: timestamp, sequence: self.telemetrySequence)
        self.forEachReading(at: seconds) { payload.packed($1) }
        payload.pad(to: self.payloadSize)
    }

    /// Everything that telemetry says besides its time and number, in order.
    private mutating func forEachReading(at seconds: Double, _ body: (String, Reading) -> Void) {
        for index in self.sources.indices {
            body(self.sources[index].name, self.sources[index].source.next(at: seconds))
        }
        body("rate", Int64(exactly: self.rate).map(Reading.integer) ?? .decimal(self.rate))
        body("led", .text(self.light))
        if let complaint = self.complaint {
            body("error", .text(complaint))
            self.complaint = nil
        }
    }

    /// Writes the next binary frame, in place of what `payload` held; 80 bytes unless a size was asked for.
    /// - Parameter timestamp: Unix milliseconds; the frame carries it in microseconds.
    mutating func writeFrame(at seconds: Double, timestamp: Int64, into payload: inout PayloadWriter) {
        self.frameSequence += 1
        payload.removeAll()
        payload.head(timestamp: timestamp, sequence: self.frameSequence)
        let sampleBytes = self.payloadSize == 0 ? 64 : max(0, self.payloadSize - 16)
        for _ in 0..<sampleBytes / 2 {
            guard case .decimal(let sample) = self.waveform.next(at: seconds) else { continue }
            payload.bigEndian(Int16(sample))
        }
        if sampleBytes % 2 == 1 { payload.bigEndian(UInt8(0)) }
    }

    /// Writes what the device answers to whoever asked for an answer to this command, once it has obeyed, in place of what
    /// `payload` held: `{"ok":true,"rate":5,"led":"on"}`, or `"ok":false` and the `error`.
    func writeAnswer(to command: Command, into payload: inout PayloadWriter) {
        payload.removeAll()
        payload.beginObject()
        payload.member("ok", isTrue: command.complaint == nil)
        if let complaint = command.complaint { payload.member("error", complaint) }
        payload.member("rate", Int64(exactly: self.rate).map(Reading.integer) ?? .decimal(self.rate))
        payload.member("led", self.light)
        payload.endObject()
    }

    /// Does what a command says, as far as that is the device's own business.
    mutating func obey(_ command: Command) {
        if let rate = command.rate { self.rate = rate }
        if let light = command.light { self.light = light }
        if let complaint = command.complaint { self.complaint = complaint }
    }
}
