import EngineIO
import Settings
import SocketIOServer

/// The token that a client of plain HTTP brings.
enum BearerToken {
    /// - Parameter authorization: the request's header of that name (RFC 6750 §2.1).
    /// - Returns: nil: there is none; another scheme than `Bearer` counts as none.
    static func token(in authorization: String?) -> String? {
        guard let authorization, let space = authorization.firstIndex(of: " "),
            authorization[..<space].lowercased() == "bearer"
        else { return nil }
        return String(authorization[space...].drop { $0 == " " })
    }
}

extension Secret {
    /// Whether a request for a WebSocket brings this secret: as a bearer, or as `?token=`, since a page can set no header of
    /// one.
    func isBrought(by exchange: HTTPExchange) -> Bool {
        (BearerToken.token(in: exchange.authorization) ?? exchange.target["token"]).map(self.matches) ?? false
    }
}
