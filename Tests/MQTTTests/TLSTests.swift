import Glibc
import NIOCore
import Testing
import TestSupport

@testable import MQTT

/// Against a mosquitto with a certificate that the test has made.
@Suite(.enabled(if: Certificate.canBeMade))
struct TLSTests {
    @Test(arguments: MQTTConfiguration.Version.allCases)
    func carriesMessagesBothWays(version: MQTTConfiguration.Version) async throws {
        try await withTLSBroker { broker, authority in
            var configuration = MQTTConfiguration(testing: broker.port, version: version)
            configuration.tls = .init(authorities: authority)
            let subscription = try Subscription(parsing: "secret/#", qos: .atLeastOnce)
            try await withConnectedClient(configuration, subscriptions: [subscription]) { client, recorder in
                for number in 0..<2_000 {
                    let payload = ByteBuffer(repeating: UInt8(truncatingIfNeeded: number), count: 500)
                    try client.publish(to: TopicName("secret/\(number)"), payload, qos: .atLeastOnce)
                }
                try await recorder.wait("all of it") { $0.batches.reduce(0) { $0 + $1.count } == 2_000 }
                #expect(recorder.state.messages.map(\.topic) == (0..<2_000).map { "secret/\($0)" })
            }
        }
    }

    @Test func refusesABrokerItHasNoReasonToTrust() async throws {
        try await withTLSBroker { broker, _ in
            var configuration = MQTTConfiguration(testing: broker.port)
            configuration.tls = .init()
            try await withClient(configuration) { _, recorder in
                try await recorder.wait("two failures") { $0.downs.count >= 2 }
                let reason = try #require(recorder.state.downs.first)
                #expect(reason.kind == .tls)
                #expect(reason.needsAttention)
                #expect(reason.text.contains("certificate verify failed"))
            }
            configuration.tls = .init(insecure: true)
            try await withConnectedClient(configuration) { client, _ in #expect(client.isUp) }
        }
    }

    @Test func showsItsCertificateWhereOneIsWanted() async throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory.path)
        // It is its own authority, on both sides.
        let lines = certificate.brokerLines + ["cafile \(certificate.certificate)", "require_certificate true"]
        try await withBroker(.init(lines: lines)) { broker in
            var configuration = MQTTConfiguration(testing: broker.port)
            configuration.tls = .init(authorities: certificate.certificate)
            try await withClient(configuration) { _, recorder in
                try await recorder.wait("four failures") { $0.downs.count >= 4 }
                let reasons = recorder.state.downs.map(\.text)
                #expect(reasons.allSatisfy { $0.contains("may want a client certificate") }, "\(reasons)")
            }
            configuration.tls = .init(
                authorities: certificate.certificate, certificate: certificate.certificate, key: certificate.key)
            try await withConnectedClient(configuration) { client, _ in #expect(client.isUp) }
        }
    }

    /// As it comes when the broker is faster than this end, which sees no more of it than the reset.
    @Test(arguments: [ECONNRESET, EPIPE, EPROTO])
    func aConnectionThatBrokeIsToldFromOneThatNeverWas(code: CInt) {
        let broken = LinkDownReason(connecting: code, over: .init())
        #expect(broken.kind == .lost)
        #expect(broken.text.contains("may want a client certificate"))
        #expect(LinkDownReason(connecting: code, over: nil).text == String(cString: strerror(code)))
        #expect(LinkDownReason(connecting: ECONNREFUSED, over: .init()).kind == .unreachable)
    }

    @Test func saysWhichFileCannotBeRead() async throws {
        var configuration = MQTTConfiguration(testing: 1)
        configuration.tls = .init(authorities: "/no/such/file.pem")
        try await withClient(configuration) { _, recorder in
            try await recorder.wait("the failure") { !$0.downs.isEmpty }
            #expect(recorder.state.downs.first?.kind == .tls)
        }
    }

    /// The body gets the broker and the file of the authority to trust: the broker's own certificate.
    private func withTLSBroker(_ body: (Broker, String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let certificate = try Certificate(in: directory.path)
        try await withBroker(.init(lines: certificate.brokerLines)) { broker in
            try await body(broker, certificate.certificate)
        }
    }
}
