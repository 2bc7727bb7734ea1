import TestSupport
import Testing

extension Interop.Pages {
    @Suite("pages of a relay that has nothing for them")
    struct Unserved {
        @Test("each says in its body what is not served; the relay's own figures are there all the same")
        func unserved() async throws {
            try await withRelay(.text("namespaces: { /other: { kind: chat } }")) { relay in
                try await withBrowser { browser in
                    let page = try await browser.openPage()
                    for (path, namespace) in [("", "/devices"), ("play", "/game"), ("chat", "/chat")] {
                        try await page.open("\(relay.url)/\(path)")
                        try await page.eventually(
                            "\(element("unserved")).textContent.startsWith('This relay serves no \(namespace):')")
                        #expect(try await page.isHidden("unserved") == false)
                        #expect(try await page.text("connection") == "not served here")
                    }
                    try await page.eventually("\(element("plain-state")).textContent === 'not served here'")
                    try await page.open("\(relay.url)/relay")
                    try await page.eventually("\(element("connection")).textContent === 'live by /metrics'")
                    try await page.eventually("\(element("figure-connections")).textContent === '0'")
                    // The client gives up while it is about to change to WebSocket, which the browser may remark upon.
                    #expect(
                        page.consoleErrors.filter { !$0.contains("WebSocket") && !$0.contains("/socket.io/?EIO") } == []
                    )
                }
            }
        }

        @Test("a page whose Socket.IO client did not load says so")
        func withoutClient() async throws {
            try await withRelay(.text("namespaces: { /other: { kind: chat } }")) { relay in
                try await withBrowser { browser in
                    let page = try await browser.openPage()
                    try await page.block(["*/socket.io.min.js"])
                    for path in ["", "play", "chat", "relay"] {
                        try await page.open("\(relay.url)/\(path)")
                        try await page.eventually("\(element("no-client"))?.textContent.includes('did not load')")
                    }
                }
            }
        }
    }
}
