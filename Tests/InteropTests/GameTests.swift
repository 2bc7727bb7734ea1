import Seeding
import Testing
import TestSupport

extension Interop {
    @Suite("game rooms by stock clients")
    struct GameRooms {
        @Test("two pages play to the end; one is reloaded meanwhile and has its seat and the whole log again")
        func browser() async throws {
            let pages = try await PageServer(folder: "Tests/Interop")
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let url = "\(pages.url)/game.html?relay=\(relay.url)"
                    let (first, second) = (try await browser.openPage(), try await browser.openPage())
                    for page in [first, second] { try await self.start(page, url) }
                    let rid = try await first.evaluate("create({ game: 'tictactoe' })")
                    _ = try await second.evaluate("join(\(rid.text))")
                    for page in [first, second] { _ = try await page.evaluate("command('room:ready')") }
                    for page in [first, second] { try await page.wait(until: "state() === 'live'") }
                    try await self.place(4, on: first, seenBy: second)
                    try await self.place(0, on: second, seenBy: first)
                    try await self.start(second, url)
                    #expect(try await second.evaluate("resume()") == "replay")
                    #expect(try await second.evaluate("seat.seat") == 1)
                    #expect(try await second.evaluate("moves") == 1)
                    try await second.wait(until: "board()[0] === 1 && log.some(([kind]) => kind === 4)")
                    try await self.place(3, on: first, seenBy: second)
                    try await self.place(8, on: second, seenBy: first)
                    try await self.place(5, on: first, seenBy: second)
                    for page in [first, second] { try await page.wait(until: "state() === 'ended'") }
                    let logs = (try await first.evaluate("log"), try await second.evaluate("log"))
                    let begin = try await first.evaluate("first").int ?? 0
                    #expect(try await second.evaluate("first") == 1)
                    #expect(Array((logs.1.array ?? []).dropFirst(begin - 1)) == logs.0.array)
                    let end = logs.0.array?.first { $0[0] == 11 }
                    #expect(end?[3]["winner"] == 0)
                    for page in [first, second] {
                        #expect(try await page.evaluate("gaps") == [])
                        #expect(try await page.evaluate("closed") == [])
                        #expect(page.consoleErrors == [])
                    }
                }
            }
            await pages.stop()
        }

        /// Loads the page, for the first time or anew, and connects.
        private func start(_ page: BrowserPage, _ url: String) async throws {
            try await page.open(url)
            try await page.wait(until: "typeof io === 'function' && !socket")
            _ = try await page.evaluate("start()")
        }

        private func place(_ cell: Int, on page: BrowserPage, seenBy other: BrowserPage) async throws {
            let number = try await page.evaluate("place(\(cell))")
            for page in [page, other] { try await page.wait(until: "first + log.length > \(number.text)") }
        }

        @Test(
            "python-socketio delivers each of 300 moves once while its connection is cut at random", arguments: [1, 2])
        func python(seed: UInt64) async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                let host = try await GamePlayer(relay).create(["game": "relay"])
                let client = try PythonScript.start("game_moves.py", [proxy.url, host.rid.string ?? ""])
                do {
                    var random = SplitMix64(seed: seed)
                    var next = 10 + random.index(below: 30)
                    while next < 300 {
                        try await host.event("move \(next): \(client.standardError)", within: .seconds(60)) {
                            $0.moveNumber >= next
                        }
                        proxy.sever()
                        next += 15 + random.index(below: 40)
                    }
                    let line = try await client.lines.next(within: .seconds(90), "the end: \(client.standardError)")
                    #expect(line?.hasPrefix("OK") == true, "\(client.standardError)")
                    #expect(try await client.exitCode() == 0)
                } catch {
                    try? await client.kill()
                    throw error
                }
                let moves = try host.log().events(ofKind: 40)
                #expect(moves.map(\.moveNumber) == Array(1...300))
                #expect(moves.map { $0.data["n"].int } == Array(1...300))
                #expect(try host.log().events(ofKind: 4).count >= 5)
                await proxy.stop()
            }
        }

        private let configuration = """
            server:
              threads: 4
              cors: { origins: ["*"] }
            namespaces:
              /game: { kind: game }
            """
    }
}
