import Glibc

/// The addresses of a host, asked of the system's resolver. Waits for it: not for event loops.
enum HostLookup {
    struct Failure: Error {
        let text: String
    }

    /// - Returns: at least one numeric address, in the order to try them.
    static func addresses(of host: String) throws(Failure) -> [String] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, nil, &hints, &list)
        guard failure == 0 else { throw Failure(text: String(cString: gai_strerror(failure))) }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = list
        while let current = entry {
            if let address = Self.text(of: current.pointee) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        if addresses.isEmpty { throw Failure(text: "no address") }
        return addresses
    }

    private static func text(of entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        return failure == 0 ? text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } : nil
    }
}
