import Testing
import TestSupport

extension Interop {
    @Suite("the official browser client")
    struct BrowserClient {
        @Test(
            "text, binary, acks both ways, and again after the server has restarted", arguments: Transport.allCases)
        func exercises(transport: Transport) async throws {
            let transports = transport == .upgrading ? "undefined" : "['\(transport.rawValue)']"
            let final = transport == .polling ? "polling" : "websocket"
            let pages = try await PageServer(folder: "Tests/Interop")
            try await withBrowser { browser in
                let page = try await browser.openPage()
                try await withRestart(.file("configs/echo-app.yaml")) { relay in
                    try await page.open("\(pages.url)/client.html?relay=\(relay.url)")
                    try await page.wait(until: "typeof io === 'function'")
                    _ = try await page.evaluate("start(\(transports))", within: .seconds(90))
                    try await self.expectTransport(final, on: page)
                    #expect(try await page.evaluate("exercise()", within: .seconds(90)).string == final)
                    #expect(page.consoleErrors == [])
                } after: { _ in
                    try await page.wait(until: "connects === 2 && socket.connected", within: .seconds(60))
                    try await self.expectTransport(final, on: page)
                    #expect(try await page.evaluate("exercise()", within: .seconds(90)).string == final)
                    #expect(try await page.evaluate("reasons.length") == 1)
                    // What the browser says of the time without a server is not ours; exceptions would be.
                    #expect(
                        page.consoleErrors.filter {
                            !$0.contains("ERR_") && !$0.contains("WebSocket") && !$0.contains("Failed to load")
                        } == [])
                }
            }
            await pages.stop()
        }

        private func expectTransport(_ name: String, on page: BrowserPage) async throws {
            try await page.wait(until: "socket.io.engine && socket.io.engine.transport.name === '\(name)'")
        }

        @Test("it is served as Socket.IO servers serve it: by both names, with its version, and 304 when unchanged")
        func served() async throws {
            try await withRelay(.file("configs/echo-app.yaml")) { relay in
                for name in ["socket.io.js", "socket.io.min.js"] {
                    let answer = try await RawHTTP.get(port: relay.port, "/socket.io/\(name)")
                    #expect(answer.status == 200)
                    #expect(answer["content-type"]?.contains("javascript") == true)
                    #expect(answer.text.contains("Socket.IO v4.8."))
                    let tag = try #require(answer["etag"])
                    let again = try await RawHTTP.get(
                        port: relay.port, "/socket.io/\(name)", headers: ["If-None-Match": tag])
                    #expect(again.status == 304)
                    #expect(again.body.isEmpty)
                }
            }
        }
    }
}
