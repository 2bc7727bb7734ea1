import EngineIO
import Foundation
import NIOCore
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: [["websocket"], []]) func openPacketHasExactlyItsFiveKeys(_ upgrades: [String]) throws {
        let sid = try #require(SessionID("abcdefghij0123456-_Z"))
        let handshake = Handshake(
            sid: sid, upgrades: upgrades, pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000)
        guard case .open(let json) = handshake.packet else {
            Issue.record("not an open packet")
            return
        }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.readableBytesView)) as? [String: Any])
        #expect(Set(object.keys) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"])
        #expect(object["sid"] as? String == "abcdefghij0123456-_Z")
        #expect(object["upgrades"] as? [String] == upgrades)
        #expect(object["pingInterval"] as? Int == 25_000)
        #expect(object["pingTimeout"] as? Int == 20_000)
        #expect(object["maxPayload"] as? Int == 1_000_000)
    }

    static let errors: [(RequestError, Int, String)] = [
        (.unknownTransport, 400, #"{"code":0,"message":"Transport unknown"}"#),
        (.unknownSession, 400, #"{"code":1,"message":"Session ID unknown"}"#),
        (.badHandshakeMethod, 400, #"{"code":2,"message":"Bad handshake method"}"#),
        (.badRequest, 400, #"{"code":3,"message":"Bad request"}"#),
        (.forbidden, 403, #"{"code":4,"message":"Forbidden"}"#),
        (.unsupportedVersion, 400, #"{"code":5,"message":"Unsupported protocol version"}"#),
    ]

    @Test(arguments: errors)
    func refusalsAreWordedAsClientsKnowThem(_ error: RequestError, _ status: Int, _ body: String) {
        #expect(error.status == status)
        #expect(String(buffer: error.body) == body)
    }
}
