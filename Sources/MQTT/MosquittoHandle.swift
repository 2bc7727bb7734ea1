import CMosquitto
import Glibc
import NIOCore

/// One connection attempt of libmosquitto and the connection that may come of it. It is never reconnected: the next
/// attempt takes a new handle, so that nothing of the library's past state survives.
///
/// Only its session's loop touches it. libmosquitto's callbacks run inside the methods here, with the library's locks
/// held: they do no more than add to ``arrivals``, which the session takes when the method has returned.
final class MosquittoHandle {
    /// What the library's callbacks reported and nobody has taken yet.
    var arrivals = Arrivals()
    let maximumPayload: Int
    let wantsProperties: Bool

    let pointer: OpaquePointer
    let isTLS: Bool
    /// The packet identifier that the library used last.
    var lastIdentifier: CInt = 0
    /// The library is writing, not reading: a report of a publish is then of one written, not of one acknowledged.
    var isSending = false

    init(_ configuration: MQTTConfiguration, clientID: String) throws(LinkDownReason) {
        MosquittoLibrary.start()
        let cleanStart = configuration.cleanStart
        guard let pointer = mosquitto_new(clientID, cleanStart, nil) else {
            throw LinkDownReason(.protocol, "no handle for client id \(clientID): \(String(cString: strerror(errno)))")
        }
        self.pointer = pointer
        self.isTLS = configuration.tls != nil
        self.maximumPayload = configuration.limits.packetBytes
        self.wantsProperties = configuration.wantsProperties
        mosquitto_user_data_set(pointer, Unmanaged.passUnretained(self).toOpaque())
        self.setCallbacks()
        try self.apply(configuration)
    }

    deinit { mosquitto_destroy(self.pointer) }

    // MARK: State

    /// -1 when the library has closed it.
    var socket: CInt { mosquitto_socket(self.pointer) }

    /// The library has bytes left that the socket did not take.
    var wantsWrite: Bool { mosquitto_want_write(self.pointer) }

    /// The packet identifier that the library will use next. It never uses 0.
    var nextIdentifier: Int { self.lastIdentifier >= 65_535 ? 1 : Int(self.lastIdentifier) + 1 }

    // MARK: Connecting

    /// Starts to connect. Waits for the network only where the library leaves no choice: for the lookup of a name, and,
    /// when `waiting` is true, for TCP.
    func connect(to host: String, _ configuration: MQTTConfiguration, waiting: Bool) throws(LinkDownReason) {
        let (result, code) = MosquittoLibrary.connecting(tls: self.isTLS) {
            self.startConnecting(to: host, configuration, waiting)
        }
        // TCP may be there at once, and TLS with it.
        if result == MOSQ_ERR_ERRNO.rawValue { throw LinkDownReason(connecting: code, over: configuration.tls) }
        if result > 0 { throw self.reason(for: result, errnoCode: code) }
        let socket = self.socket
        if socket >= 0 {
            // The library does not, and a child process that inherits the socket would keep the connection open.
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        }
    }

    private func startConnecting(
        to host: String, _ configuration: MQTTConfiguration, _ waiting: Bool
    ) -> (result: CInt, errno: CInt) {
        let port = CInt(configuration.port)
        let keepAlive = configuration.keepAliveSeconds
        var properties = PropertyList()
        if configuration.version == .v5 {
            properties.add(MQTT_PROP_SESSION_EXPIRY_INTERVAL, configuration.sessionExpirySeconds)
            properties.add(MQTT_PROP_MAXIMUM_PACKET_SIZE, UInt32(clamping: max(1, configuration.limits.packetBytes)))
        }
        defer { properties.free() }
        errno = 0
        if waiting {
            let result = mosquitto_connect_bind_v5(self.pointer, host, port, keepAlive, nil, properties.list)
            return (result, errno)
        }
        if properties.list != nil {
            // The library has no way to connect with properties but without waiting. This call stores the properties,
            // then refuses the keep-alive (1 s is below its least) before it connects; the next call finds them.
            let result = mosquitto_connect_bind_v5(self.pointer, host, port, 1, nil, properties.list)
            guard result == MOSQ_ERR_INVAL.rawValue else { return (max(result, 1), errno) }
        }
        errno = 0
        let result = mosquitto_connect_bind_async(self.pointer, host, port, keepAlive, nil)
        return (result, errno)
    }

    /// Sends DISCONNECT, or queues it behind what is not yet written.
    func disconnect() {
        mosquitto_disconnect_v5(self.pointer, 0, nil)
    }

    // MARK: Reading and writing

    enum Progress {
        /// All that the socket had is read, or all that it takes is written.
        case done
        /// The budget is spent.
        case more
        case failed(LinkDownReason)
    }

    /// Reads packets until none is left or the budget is spent.
    func read(packets: Int, until deadline: NIODeadline) -> Progress {
        var rounds = 0
        while true {
            let before = self.arrivals.count
            errno = 0
            let result = mosquitto_loop_read(self.pointer, 1)
            let code = errno
            if let failure = self.failure(result, code) { return .failed(failure) }
            // EAGAIN alone does not say that nothing is left: writing an acknowledgement may leave it behind, too.
            if code == EAGAIN, self.arrivals.count == before { return .done }
            rounds += 1
            if self.arrivals.count >= packets { return .more }
            if rounds % 16 == 0, NIODeadline.now() >= deadline { return .more }
        }
    }

    /// Goes on with the TLS handshake, or reads one packet.
    func readOnce() -> Progress {
        errno = 0
        let result = mosquitto_loop_read(self.pointer, 1)
        return self.failure(result, errno).map(Progress.failed) ?? .done
    }

    func write() -> Progress {
        self.isSending = true
        defer { self.isSending = false }
        errno = 0
        let result = mosquitto_loop_write(self.pointer, 1)
        return self.failure(result, errno).map(Progress.failed) ?? .done
    }

    /// Keep-alive. To be called every second.
    func tick() -> Progress {
        errno = 0
        let result = mosquitto_loop_misc(self.pointer)
        return self.failure(result, errno).map(Progress.failed) ?? .done
    }

    private func failure(_ result: CInt, _ code: CInt) -> LinkDownReason? {
        if let reason = self.arrivals.endReason { return reason }
        if result > 0 { return self.reason(for: result, errnoCode: code) }
        if self.socket < 0 { return LinkDownReason(.lost, "the connection was closed") }
        return nil
    }

    func reason(for result: CInt, errnoCode: CInt) -> LinkDownReason {
        LinkDownReason(library: result, errnoCode: errnoCode, lastError: self.arrivals.lastErrorLine)
    }
}
