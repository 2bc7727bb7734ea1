internal import CLinux
internal import Glibc

/// What a system call failed with.
package struct SystemError: Error, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package var description: String { "\(call): \(String(cString: strerror(code)))" }

    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }
}

/// Sockets of the loopback, without Nagle's delay.
package enum TCP {
    /// A connection to a port of 127.0.0.1; blocking until made, then blocking or not as asked.
    static func connect(port: Int, blocking: Bool = true) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        let result = withLoopbackAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let error = SystemError("connect to port \(port)")
            close(descriptor)
            throw error
        }
        disableDelay(descriptor)
        if !blocking { makeNonBlocking(descriptor) }
        return descriptor
    }

    /// A listening socket on 127.0.0.1; port 0 takes a free one.
    static func listen(port: Int) throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        guard withLoopbackAddress(port: port, { bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind") }
        guard Glibc.listen(descriptor, 4096) == 0 else { throw SystemError("listen") }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes in
            guard let base = bytes.baseAddress else { return Int32(-1) }
            return getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard result == 0 else { throw SystemError("getsockname") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A port of 127.0.0.1 that was free a moment ago, for servers that cannot take port 0.
    package static func freePort() throws -> Int {
        let listener = try listen(port: 0)
        close(listener.descriptor)
        return listener.port
    }

    /// Whether somebody listens on a port of 127.0.0.1.
    package static func accepts(port: Int) -> Bool {
        guard let descriptor = try? connect(port: port) else { return false }
        close(descriptor)
        return true
    }

    static func disableDelay(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    static func makeNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    }

    /// Sends all of it on a blocking socket.
    static func sendAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = send(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, noSignal)
            guard count > 0 else { throw SystemError("send") }
            rest = rest.dropFirst(count)
        }
    }

    static let noSignal = Int32(MSG_NOSIGNAL)

    private static func withLoopbackAddress(
        port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr = in_addr(s_addr: INADDR_LOOPBACK.bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
