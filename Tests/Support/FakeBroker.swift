import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A server that does to MQTT clients what no real broker would: a script for each connection, on a thread of its own.
package final class FakeBroker: Sendable {
    package struct Connection: Sendable {
        fileprivate let descriptor: CInt

        /// - Returns: nil when the client is gone.
        package func read(_ count: Int) -> [UInt8]? {
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

        package func write(_ bytes: [UInt8]) {
            _ = Glibc.send(self.descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        }

        /// - Returns: the packet from its first byte, its length left out; nil when the client is gone.
        package func readPacket() -> [UInt8]? {
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
        package func acceptClient(code: UInt8 = 0) {
            _ = self.readPacket()
            self.write([0x20, 3, 0, code, 0])
        }

        /// The client's bytes stay in the socket until ``FakeBroker/stop()``.
        package func waitWithoutReading() {
            var descriptor = pollfd(fd: self.descriptor, events: 0, revents: 0)
            while poll(&descriptor, 1, -1) < 0, errno == EINTR {}
        }

        package func readUntilGone() {
            while self.read(1) != nil {}
        }
    }

    package let port: Int
    private let listener: CInt
    private let open = NIOLockedValueBox<Set<CInt>>([])
    private let connections = NIOLockedValueBox(0)

    package init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        let port = try LoopbackPort()
        self.listener = port.descriptor
        self.port = port.number
        listen(self.listener, 64)
        let (listener, open, connections) = (self.listener, self.open, self.connections)
        Thread.detachNewThread {
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0 { break }
                open.withLockedValue { _ = $0.insert(descriptor) }
                connections.withLockedValue { $0 += 1 }
                Thread.detachNewThread {
                    script(Connection(descriptor: descriptor))
                    open.withLockedValue { _ = $0.remove(descriptor) }
                    close(descriptor)
                }
            }
            // Closed by who accepts on it: closed by another, its number could be a later listener's by now.
            close(listener)
        }
    }

    /// How many clients have come so far.
    package var count: Int { self.connections.withLockedValue(\.self) }

    /// Duplicates of the sockets by which this process is connected to the server. The caller closes them.
    package func copiesOfClientSockets() throws -> [CInt] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { CInt($0) }.compactMap {
            var peer = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = $0
            let hasPeer = withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getpeername(descriptor, $0, &size) == 0
                }
            }
            let isOurs = hasPeer && peer.sin_family == AF_INET && Int(UInt16(bigEndian: peer.sin_port)) == self.port
            return isOurs ? dup(descriptor) : nil
        }
    }

    /// Ends the threads: closes what is open for both sides. Once only.
    package func stop() {
        shutdown(self.listener, CInt(SHUT_RDWR))
        self.open.withLockedValue { open in
            for descriptor in open { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
    }
}
