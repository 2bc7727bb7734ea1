import NIOCore

import Glibc

/// A TCP socket that listens, and an event to wake whoever waits for it.
final class ListeningSocket: Sendable {
    enum Accepted {
        case connection(CInt)
        /// Nobody is waiting.
        case nothing
        /// No descriptors or memory: try again later.
        case exhausted(IOError)
    }

    private let descriptor: CInt
    /// A pipe to oneself: what is written to its second end wakes whoever waits on its first.
    private let wakeUp: (read: CInt, write: CInt)

    private static let backlog: CInt = 4096
    /// Most bytes that the kernel keeps of what a client is not ready for (tcp(7)). By itself it would keep megabytes: a
    /// slow viewer would see them all, minutes old, before the newest value.
    private static let maximumUnsent: CInt = 32 * 1_024

    init(address: SocketAddress) throws {
        let family = CInt(address.protocol.rawValue)
        self.descriptor = try Self.check("socket") {
            socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            Descriptor.close(self.descriptor)
            throw IOError(errnoCode: errno, reason: "pipe")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        self.wakeUp = (ends[0], ends[1])
        do {
            var on: CInt = 1
            _ = setsockopt(self.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
            // Connections have it of the socket that accepts them.
            var unsent = Self.maximumUnsent
            _ = setsockopt(
                self.descriptor, CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsent, socklen_t(MemoryLayout<CInt>.size))
            try address.withSockAddr { pointer, length in
                _ = try Self.check("bind") { bind(self.descriptor, pointer, socklen_t(length)) }
            }
            _ = try Self.check("listen") { listen(self.descriptor, Self.backlog) }
        } catch {
            self.close()
            throw error
        }
    }

    func localAddress() throws -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return try withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = bytes.baseAddress else { throw IOError(errnoCode: EINVAL, reason: "getsockname") }
            let address = base.assumingMemoryBound(to: sockaddr.self)
            _ = try Self.check("getsockname") { getsockname(self.descriptor, address, &length) }
            if CInt(address.pointee.sa_family) == AF_INET6 {
                return SocketAddress(base.assumingMemoryBound(to: sockaddr_in6.self).pointee)
            }
            return SocketAddress(base.assumingMemoryBound(to: sockaddr_in.self).pointee)
        }
    }

    func accept() -> Accepted {
        let accepted = Glibc.accept(self.descriptor, nil, nil)
        if accepted >= 0 {
            _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
            return .connection(accepted)
        }
        switch errno {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted(IOError(errnoCode: errno, reason: "accept"))
        default: return .nothing
        }
    }

    /// Blocks until somebody connects or `wake` is called, or the time is up (-1: no limit).
    func wait(milliseconds: CInt, onlyWoken: Bool = false) {
        var interests = [pollfd(fd: self.wakeUp.read, events: Int16(POLLIN), revents: 0)]
        if !onlyWoken { interests.append(pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&interests, nfds_t(interests.count), milliseconds)
    }

    func wake() {
        _ = write(self.wakeUp.write, [1], 1)
    }

    func close() {
        Descriptor.close(self.descriptor)
        Descriptor.close(self.wakeUp.read)
        Descriptor.close(self.wakeUp.write)
    }

    private static func check(_ call: String, _ body: () -> CInt) throws -> CInt {
        let result = body()
        guard result >= 0 else { throw IOError(errnoCode: errno, reason: call) }
        return result
    }
}
