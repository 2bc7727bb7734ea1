package import NIOHTTP1

/// Cross-origin headers as the reference server sends them, on every answer, errors included (Fetch standard, "CORS
/// protocol").
extension CORSPolicy {
    func headers(for request: HTTPRequestHead) -> [(String, String)] {
        let origin = request.headers.first(name: "origin")
        switch self.origins {
        case .none:
            return []
        case .any where !self.credentials:
            return [("access-control-allow-origin", "*")]
        case .any:
            return [("vary", "Origin")] + self.allowing(origin)
        case .matching(let matches):
            return [("vary", "Origin")] + self.allowing(origin.flatMap { matches($0) ? $0 : nil })
        }
    }

    private func allowing(_ origin: String?) -> [(String, String)] {
        guard let origin else { return [] }
        var headers = [("access-control-allow-origin", origin)]
        if self.credentials { headers.append(("access-control-allow-credentials", "true")) }
        return headers
    }

    /// What a preflight is answered besides.
    package func preflightHeaders(for request: HTTPRequestHead) -> [(String, String)] {
        var headers = [
            ("access-control-allow-methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
            ("vary", "Access-Control-Request-Headers"),
        ]
        if let requested = request.headers.first(name: "access-control-request-headers") {
            headers.append(("access-control-allow-headers", requested))
        }
        return headers
    }
}
