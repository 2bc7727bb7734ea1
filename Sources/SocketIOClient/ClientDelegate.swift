package import NIOCore
package import SocketIO

/// What happens to a `ClientConnection`. Called on its event loop, one call a packet: no task, no actor, no copy.
///
/// An implementation must not block. Calls into the connection from within are fine.
package protocol ClientDelegate: AnyObject {
    /// The namespace let the client in, after each reconnect again; `sid` is the socket's id there.
    func joined(_ namespace: String, sid: String, on connection: ClientConnection)

    /// An event: its name first in `event`. With an `id` the server awaits `connection.acknowledge(id, …)`.
    func received(_ event: Arguments, id: UInt64?, in namespace: String, on connection: ClientConnection)

    /// The client is in the namespace no more: refused (`ending.error` has the server's words), disconnected by the
    /// server, or left. Not called when the whole connection ends.
    func left(_ namespace: String, _ ending: Ending, on connection: ClientConnection)

    /// The connection ended, and its sockets are closed. With a `delay` it is made again after that time, and its
    /// namespaces joined again; without, this is the last call.
    func disconnected(_ ending: Ending, reconnectingIn delay: TimeAmount?, on connection: ClientConnection)
}

extension ClientDelegate {
    package func joined(_ namespace: String, sid: String, on connection: ClientConnection) {}
    package func left(_ namespace: String, _ ending: Ending, on connection: ClientConnection) {}
}
