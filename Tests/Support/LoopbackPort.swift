import Glibc

/// A TCP port of 127.0.0.1 that the kernel chose, and the socket bound to it.
package struct LoopbackPort: Sendable {
    package struct NoneFree: Error {}

    /// Not listening yet. The holder closes it.
    package let descriptor: CInt
    package let number: Int

    package init() throws {
        self.descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &size) == 0
            }
        }
        guard isBound else { throw NoneFree() }
        self.number = Int(UInt16(bigEndian: address.sin_port))
    }

    /// A port that nobody listens on, and that nobody gets while this process lives: it stays bound.
    package static func closed() throws -> Int { try LoopbackPort().number }

    /// A port that was free a moment ago, for another program to take.
    package static func free() throws -> Int {
        let port = try LoopbackPort()
        close(port.descriptor)
        return port.number
    }
}
