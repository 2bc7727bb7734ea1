import Glibc
import NIOCore

/// The relay cannot have the address that it is to listen on.
struct ListenFailure: Error, CustomStringConvertible {
    private let address: String
    private let code: CInt

    init(_ error: IOError, host: String, port: Int) {
        self.address = "\(host):\(port)"
        self.code = error.errnoCode
    }

    /// Somebody listens there already.
    var isTaken: Bool { self.code == EADDRINUSE }

    var description: String {
        let advice = self.isTaken ? "; choose another port with --port, 0 takes a free one" : ""
        return "cannot listen on \(self.address): \(String(cString: strerror(self.code)))\(advice)"
    }
}
