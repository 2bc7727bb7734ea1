package import NIOCore
import SocketIO

extension TickFrame {
    /// The frame in as many parts, all of the same tick, as it takes for none to have more bytes payloads than a packet
    /// may have attachments.
    package var packets: [TickFrame] {
        var packets: [TickFrame] = []
        var events: [LogEvent] = []
        var attachments = 0
        func cut() {
            guard let first = events.first else { return }
            packets.append(TickFrame(tick: self.tick, time: self.time, firstNumber: first.number, events: events))
            events = []
            attachments = 0
        }
        for event in self.events {
            if case .binary = event.data {
                if attachments == SocketPacket.maximumAttachments { cut() }
                attachments += 1
            }
            events.append(event)
        }
        cut()
        return packets.isEmpty ? [self] : packets
    }

    /// What the placeholders of ``writeJSON(reference:to:)`` stand for.
    package var attachments: [ByteBuffer] {
        self.events.compactMap { event in
            if case .binary(let bytes) = event.data { bytes } else { nil }
        }
    }

    /// Writes the arguments of the event `tick`: `["tick",[ref,tick,t,q0,[[kind,seat,n,data],…]]]`.
    package func writeJSON(reference: UInt16, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("[\"tick\",[")
        buffer.writeNumbers(reference, self.tick, self.time, self.firstNumber)
        buffer.writeStaticString(",[")
        var attachments = 0
        for (index, event) in self.events.enumerated() {
            buffer.writeStaticString(index > 0 ? ",[" : "[")
            buffer.writeNumbers(event.kind.rawValue, event.seat.rawValue, event.moveNumber)
            if event.kind != .hole {
                buffer.writeStaticString(",")
                buffer.write(event.data, attachments: &attachments)
            }
            buffer.writeStaticString("]")
        }
        buffer.writeStaticString("]]]")
    }
}

extension StateFrame {
    /// What the placeholder of ``writeJSON(reference:to:)`` stands for, where there is one.
    package var attachments: [ByteBuffer] {
        if case .binary(let bytes) = self.payload { [bytes] } else { [] }
    }

    /// Writes the arguments of the event `state`: `["state",[ref,tick,t,base,[[seat,n,wait],…],payload]]`.
    package func writeJSON(reference: UInt16, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("[\"state\",[")
        buffer.writeNumbers(reference, self.tick, self.time, self.base)
        buffer.writeStaticString(",[")
        for (index, progress) in self.progress.enumerated() {
            buffer.writeStaticString(index > 0 ? ",[" : "[")
            buffer.writeNumbers(progress.seat.rawValue, progress.moveNumber, progress.wait)
            buffer.writeStaticString("]")
        }
        buffer.writeStaticString("],")
        var attachments = 0
        buffer.write(self.payload, attachments: &attachments)
        buffer.writeStaticString("]]")
    }
}

extension ByteBuffer {
    fileprivate mutating func writeNumbers<each Number: BinaryInteger>(_ numbers: repeat each Number) {
        var isFirst = true
        for number in repeat each numbers {
            if !isFirst { self.writeStaticString(",") }
            isFirst = false
            self.writeString(String(number))
        }
    }

    fileprivate mutating func write(_ payload: Payload, attachments: inout Int) {
        switch payload {
        case .json(let json):
            self.writeImmutableBuffer(json.bytes)
        case .binary:
            self.writeImmutableBuffer(JSON.placeholder(attachments).bytes)
            attachments += 1
        }
    }
}
