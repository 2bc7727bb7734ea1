import Foundation

/// A certificate of 127.0.0.1 and localhost that nobody has signed but itself, and its key, as PEM files.
package struct Certificate: Sendable {
    package let certificate: String
    package let key: String

    package static var canBeMade: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") }

    package struct NotMade: Error { let status: Int32 }

    /// Makes new ones in a directory, in place of those that are there.
    package init(in directory: String) throws {
        self.certificate = directory + "/certificate.pem"
        self.key = directory + "/key.pem"
        let status = try Broker.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                "-keyout", self.key, "-out", self.certificate,
            ])
        guard status == 0 else { throw NotMade(status: status) }
    }

    /// The lines of mosquitto.conf that have a listener use it.
    package var brokerLines: [String] { ["certfile \(self.certificate)", "keyfile \(self.key)"] }
}
