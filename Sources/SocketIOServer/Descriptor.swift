import NIOCore

import Glibc

/// File descriptors where NIO has no word for what we need of them.
enum Descriptor {
    /// A second descriptor of the same open socket; nil when the process has none left.
    static func duplicate(_ descriptor: NIOBSDSocket.Handle) -> NIOBSDSocket.Handle? {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }

    static func close(_ descriptor: NIOBSDSocket.Handle) {
        _ = Glibc.close(descriptor)
    }
}
