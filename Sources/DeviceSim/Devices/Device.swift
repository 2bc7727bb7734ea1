import Seeding

/// One simulated device as a value: what it measures, what it has been told, what its next message says. No I/O; the
/// same seed and the same calls give the same bytes.
///
/// Telemetry is a JSON object in UTF-8, `ts` and `seq` first:
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
    private let payloadSize: Int
    private(set) var telemetrySequence: UInt64 = 0
    private(set) var frameSequence: UInt64 = 0
    private(set) var rate: Double
    private(set) var light = "off"
    private var complaint: String?

    /// - Parameters:
    ///   - number: which device of the fleet; its random numbers are its own, whatever the others do.
    ///   - payloadSize: bytes of every payload, 0 for as many as it takes.
    init(number: Int, seed: UInt64, fields: [Field], rate: Double, payloadSize: Int) {
        let stream = UInt64(truncatingIfNeeded: number) << 8
        self.sources = fields.enumerated().map { index, field in
            let random = SplitMix64(seed: seed, stream: stream | UInt64(truncatingIfNeeded: index & 0x7F))
            return (field.name, ValueSource(field.model, random: random))
        }
        self.waveform = ValueSource(
            .walk(range: -20_000...20_000, step: 900), random: SplitMix64(seed: seed, stream: stream | 0x80))
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
        payload.beginObject()
        payload.member("ts", timestamp)
        payload.member("seq", self.telemetrySequence)
        for index in self.sources.indices {
            payload.member(self.sources[index].name, self.sources[index].source.next(at: seconds))
        }
        payload.member("rate", Int64(exactly: self.rate).map(Reading.integer) ?? .decimal(self.rate))
        payload.member("led", self.light)
        if let complaint = self.complaint {
            payload.member("error", complaint)
            self.complaint = nil
        }
        payload.pad(toObjectOf: self.payloadSize)
        payload.endObject()
    }

    /// Writes the next binary frame, in place of what `payload` held; 80 bytes unless a size was asked for.
    /// - Parameter timestamp: Unix milliseconds; the frame carries it in microseconds.
    mutating func writeFrame(at seconds: Double, timestamp: Int64, into payload: inout PayloadWriter) {
        self.frameSequence += 1
        payload.removeAll()
        payload.bigEndian(UInt64(clamping: timestamp) &* 1000)
        payload.bigEndian(self.frameSequence)
        let sampleBytes = self.payloadSize == 0 ? 64 : max(0, self.payloadSize - 16)
        for _ in 0..<sampleBytes / 2 {
            guard case .decimal(let sample) = self.waveform.next(at: seconds) else { continue }
            payload.bigEndian(Int16(sample))
        }
        if sampleBytes % 2 == 1 { payload.bigEndian(UInt8(0)) }
    }

    /// Does what a command says, as far as that is the device's own business.
    mutating func obey(_ command: Command) {
        if let rate = command.rate { self.rate = rate }
        if let light = command.light { self.light = light }
        if let complaint = command.complaint { self.complaint = complaint }
    }
}
