import NIOCore
import NIOHTTP1
import SocketIO
import SocketIOServer

extension HTTPExchange {
    func respond(_ status: HTTPResponseStatus = .ok, _ headers: [(String, String)] = [], json: JSON) {
        self.respond(status, headers + [("content-type", "application/json")], body: json.bytes)
    }

    /// Answers with a refusal, as an event's acknowledgement has it: `{ok: false, code, message}`.
    func refuse(_ code: RefusalCode, _ message: String) {
        var headers = [("cache-control", "no-store")]
        switch code {
        case .unauthorized: headers.append(("www-authenticate", "Bearer"))
        case .busy, .brokerDown: headers.append(("retry-after", "5"))
        default: break
        }
        self.respond(
            code.status, headers, json: ["ok": false, "code": JSON(code.rawValue), "message": JSON(message)])
    }

    /// The client's token, or whatever else it brings.
    var authorization: String? { self.head.headers.first(name: "authorization") }
}

extension RefusalCode {
    fileprivate var status: HTTPResponseStatus {
        switch self {
        case .badInput: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound, .unknownEvent: .notFound
        case .tooMany, .rate: .tooManyRequests
        case .notIn, .nameTaken: .conflict
        case .tooBig: .payloadTooLarge
        case .brokerFailed: .badGateway
        case .timeout: .gatewayTimeout
        case .notSupported: .notImplemented
        case .brokerDown, .busy, .roomFull: .serviceUnavailable
        }
    }
}
