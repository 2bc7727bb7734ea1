import CMosquitto
import Glibc
import NIOCore

/// What libmosquitto reported since the session last looked.
struct Arrivals {
    struct Acceptance {
        let sessionPresent: Bool
        /// How many QoS 1 messages the broker takes before it has acknowledged the first. Nil: it did not say.
        let receiveMaximum: Int?
    }

    struct Acknowledgement {
        let identifier: Int
        let code: ReasonCode
    }

    struct SubscribeAnswer {
        let identifier: Int
        let codes: [UInt8]
    }

    var acceptance: Acceptance?
    var messages: [MQTTMessage] = []
    var acknowledgements: [Acknowledgement] = []
    var subscribeAnswers: [SubscribeAnswer] = []
    /// Why the connection ended, from whoever knew first.
    var endReason: LinkDownReason?
    var invalidTopics = 0
    var oversized = 0
    var lastErrorLine: String?
    /// Grows with each packet that was reported.
    var count = 0
}

/// The functions that libmosquitto calls. Each finds its handle in the context it was given and adds to its arrivals.
enum Callbacks {
    private static func handle(_ context: UnsafeMutableRawPointer?) -> MosquittoHandle? {
        // Unretained is sound: the library calls back only from within a method of the handle.
        context.map { Unmanaged<MosquittoHandle>.fromOpaque($0).takeUnretainedValue() }
    }

    static let connect:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, CInt, CInt, OpaquePointer?
        ) -> Void = { _, context, code, flags, properties in
            guard let handle = Callbacks.handle(context) else { return }
            handle.arrivals.count += 1
            if code == 0 {
                handle.arrivals.acceptance = .init(
                    sessionPresent: flags & 1 == 1, receiveMaximum: PropertyList.receiveMaximum(in: properties))
            } else {
                handle.arrivals.endReason = LinkDownReason(connack: UInt8(clamping: code))
            }
        }

    static let disconnect: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, CInt, OpaquePointer?) -> Void = {
        _, context, number, _ in
        let code = errno
        guard let handle = Callbacks.handle(context), handle.arrivals.endReason == nil else { return }
        handle.arrivals.endReason = LinkDownReason(
            disconnect: number, errnoCode: code, lastError: handle.arrivals.lastErrorLine)
    }

    static let message:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafePointer<mosquitto_message>?, OpaquePointer?
        ) -> Void = { _, context, message, properties in
            guard let handle = Callbacks.handle(context), let message = message?.pointee else { return }
            handle.arrivals.count += 1
            guard let qos = QoS(rawValue: UInt8(clamping: message.qos)), qos != .exactlyOnce else {
                handle.arrivals.endReason = LinkDownReason(.protocol, "the broker sent QoS 2, which nobody asked for")
                return
            }
            guard let topic = message.topic.flatMap({ String(validatingCString: $0) }) else {
                handle.arrivals.invalidTopics += 1
                return
            }
            let payload = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
            guard payload.count <= handle.maximumPayload else {
                handle.arrivals.oversized += 1
                return
            }
            handle.arrivals.messages.append(
                MQTTMessage(
                    topic: topic, payload: ByteBuffer(bytes: payload), qos: qos, retained: message.retain,
                    properties: handle.wantsProperties ? PropertyList.read(properties) : nil))
        }

    static let publish: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, CInt, CInt, OpaquePointer?) -> Void =
        { _, context, identifier, code, _ in
            guard let handle = Callbacks.handle(context), !handle.isSending else { return }
            handle.arrivals.count += 1
            handle.arrivals.acknowledgements.append(
                .init(identifier: Int(identifier), code: ReasonCode(UInt8(clamping: code))))
        }

    static let subscribe:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, CInt, CInt, UnsafePointer<CInt>?, OpaquePointer?
        ) -> Void = { _, context, identifier, count, granted, _ in
            guard let handle = Callbacks.handle(context) else { return }
            handle.arrivals.count += 1
            let codes = UnsafeBufferPointer(start: granted, count: granted == nil ? 0 : Int(max(0, count)))
            handle.arrivals.subscribeAnswers.append(
                .init(identifier: Int(identifier), codes: codes.map { UInt8(clamping: $0) }))
        }

    static let log: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, CInt, UnsafePointer<CChar>?) -> Void = {
        _, context, level, line in
        guard level == MOSQ_LOG_ERR, let handle = Callbacks.handle(context), let line else { return }
        handle.arrivals.lastErrorLine = String(cString: line)
    }
}
