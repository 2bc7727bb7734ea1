import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A server that does to MQTT clients what no real broker would: a script for each connection, on a thread of its own.
final class FakeBroker: Sendable {
    struct Connection: Sendable {
        fileprivate let descriptor: CInt

        /// - Returns: nil when the client is gone.
        func read(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let got = bytes.withUnsafeMutableBytes { buffer in
                    Glibc.recv(self.descriptor, buffer.baseAddress?.advanced(by: done), count - done, 0)
                }
                if got <= 0 { return nil }
                done += got
            }
            return bytes
        }

        func write(_ bytes: [UInt8]) {
            _ = Glibc.send(self.descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        }

        /// - Returns: the packet from its first byte, its length left out; nil when the client is gone.
        func readPacket() -> [UInt8]? {
            guard let first = self.read(1) else { return nil }
            var length = 0
            var shift = 0
            repeat {
                guard let byte = self.read(1)?.first else { return nil }
                length |= Int(byte & 0x7F) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            } while shift < 28
            guard let rest = self.read(length) else { return nil }
            return first + rest
        }

        /// Takes a CONNECT and answers it with an MQTT 5 CONNACK.
        func acceptClient(code: UInt8 = 0) {
            _ = self.readPacket()
            self.write([0x20, 3, 0, code, 0])
        }

        /// The client's bytes stay in the socket until ``FakeBroker/stop()``.
        func waitWithoutReading() {
            var descriptor = pollfd(fd: self.descriptor, events: 0, revents: 0)
            while poll(&descriptor, 1, -1) < 0, errno == EINTR {}
        }

        func readUntilGone() {
            while self.read(1) != nil {}
        }
    }

    let port: Int
    private let listener: CInt
    private let open = NIOLockedValueBox<Set<CInt>>([])
    private let connections = NIOLockedValueBox(0)

    init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        (self.listener, self.port) = try Self.bound()
        listen(self.listener, 64)
        let (listener, open, connections) = (self.listener, self.open, self.connections)
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0 { return }
                open.withLockedValue { _ = $0.insert(descriptor) }
                connections.withLockedValue { $0 += 1 }
                Thread.detachNewThread {
                    script(Connection(descriptor: descriptor))
                    open.withLockedValue { _ = $0.remove(descriptor) }
                    close(descriptor)
                }
            }
        }
    }

    /// How many clients have come so far.
    var count: Int { self.connections.withLockedValue(\.self) }

    /// Ends the threads: closes what is open for both sides.
    func stop() {
        shutdown(self.listener, CInt(SHUT_RDWR))
        self.open.withLockedValue { open in
            for descriptor in open { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
    }

    deinit { close(self.listener) }

    /// A port that nobody listens on, and that nobody gets while this process lives: it is bound.
    static func closedPort() throws -> Int { try Self.bound().port }

    private static func bound() throws -> (descriptor: CInt, port: Int) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isBound else { throw NeverHappened(what: "a free port") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
