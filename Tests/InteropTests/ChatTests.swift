import Testing
import TestSupport

extension Interop {
    @Suite("chat by stock clients")
    struct Chat {
        @Test("a page talks by Socket.IO and by a plain WebSocket in one room, and another page hears both")
        func browser() async throws {
            let pages = try await PageServer(folder: "Tests/Interop")
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let url = "\(pages.url)/chat.html?relay=\(relay.url)"
                    let (page, other) = (try await browser.openPage(), try await browser.openPage())
                    for page in [page, other] {
                        try await page.open(url)
                        try await page.wait(until: "typeof io === 'function'")
                    }
                    #expect(try await page.evaluate("start('tea & é', 'Ada')", within: .seconds(90)) == true)
                    #expect(try await page.evaluate("open('tea & é', 'Plain Jane')", within: .seconds(90)) == true)
                    try await page.wait(until: "events.length === 1", within: .seconds(60))
                    #expect(try await page.evaluate("events[0][1].name") == "Plain Jane")

                    let answer = try await page.evaluate("say('tea & é', 'to all')", within: .seconds(90))
                    #expect(answer["ok"] == true && answer["id"] == 1)
                    try await page.wait(until: "texts.length === 1", within: .seconds(60))
                    _ = try await page.evaluate("plain.send('from Jane 😀')")
                    try await page.wait(until: "events.length === 2", within: .seconds(60))
                    #expect(try await page.evaluate("events[1][1].text") == "from Jane 😀")
                    #expect(try await page.evaluate("events[1][1].name") == "Plain Jane")
                    #expect(try await page.evaluate("texts") == ["to all"])

                    #expect(try await other.evaluate("start('tea & é', 'Bob')", within: .seconds(90)) == true)
                    #expect(
                        try await other.evaluate("welcome.history.map((message) => message.text)") == [
                            "to all", "from Jane 😀",
                        ])
                    _ = try await other.evaluate("say('tea & é', 'from Bob')", within: .seconds(90))
                    try await page.wait(until: "texts.length === 2 && events.length === 4", within: .seconds(60))
                    #expect(try await page.evaluate("texts[1]") == "from Bob")

                    _ = try await page.evaluate("plain.send(new Uint8Array([1]))")
                    try await page.wait(until: "closed", within: .seconds(60))
                    #expect(try await page.evaluate("closed.code") == 1003)
                    try await other.wait(until: "events.some(([event]) => event === 'left')", within: .seconds(60))
                    for page in [page, other] { #expect(page.consoleErrors == []) }
                }
            }
            await pages.stop()
        }

        @Test("two python-socketio clients end with the same messages", arguments: Transport.allCases)
        func python(transport: Transport) async throws {
            try await withRelay(.text(configuration)) { relay in
                let outcome = try await PythonScript.run("chat_client.py", [relay.url, transport.rawValue])
                #expect(outcome.output == "OK\n" && outcome.exitCode == 0, "\(outcome.errors)")
            }
        }

        private let configuration = """
            server:
              threads: 4
              cors: { origins: ["*"] }
            namespaces:
              /chat: { kind: chat }
            """
    }
}
