import TestSupport
import Testing

extension Interop.Pages {
    @Suite("room.js, the client that games copy")
    struct RoomClient {
        @Test("each of 200 moves counts once, and each event comes once and in order, while the connection is cut")
        func exactlyOnce() async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                let host = try await GamePlayer(relay).create(["game": "relay"])
                try await withBrowser { browser in
                    let page = try await browser.openPage()
                    // Any page of the relay's that loads the client; it is the module that is tried.
                    try await page.open("\(proxy.url)/play")
                    try await page.wait(until: "typeof io === 'function'", within: .seconds(60))
                    _ = try await page.evaluate(self.moves(in: host.rid.string ?? ""), within: .seconds(60))
                    for progress in [20, 60, 100, 150] {
                        try await page.wait(until: "answers.length >= \(progress)", within: .seconds(60))
                        proxy.sever()
                    }
                    try await page.wait(until: "answers.length === 200", within: .seconds(120))
                    #expect(try await page.evaluate("answers.every((n, i) => n === i + 1)") == true)
                    let last = try await page.evaluate("answers.q").int ?? 0
                    try await page.wait(until: "room.q >= \(last)", within: .seconds(60))
                    #expect(try await page.evaluate("seen.every(([q], i) => q === seen[0][0] + i)") == true)
                    #expect(
                        try await page.evaluate("seen.filter(([, kind]) => kind === '40').map(([, , i]) => i)")
                            == .array((1...200).map { .number(Double($0)) }))
                    #expect(page.consoleErrors.filter { !$0.contains("ERR_") && !$0.contains("WebSocket") } == [])
                }
                try await host.event("the last move", within: .seconds(60)) { $0.moveNumber == 200 }
                let moves = try host.log().events(ofKind: 40)
                #expect(moves.map(\.moveNumber) == Array(1...200))
                #expect(moves.map { $0.data["i"].int } == Array(1...200))
                #expect(try host.log().events(ofKind: 4).count >= 3)
                await proxy.stop()
            }
        }

        /// Joins the room and asks for all moves at once; `answers` has the numbers of those that were answered.
        private func moves(in room: String) -> String {
            """
            import("/play/room.js").then(async ({ Games }) => {
              globalThis.seen = [];
              globalThis.answers = [];
              const games = new Games({ name: "page" });
              globalThis.room = await games.join({ rid: "\(room)" }, {
                event: ({ q, kind, data }) => seen.push([q, kind, data?.i]),
              });
              for (let i = 1; i <= 200; i += 1) {
                room.move(40, { i }).then(({ n, q }) => {
                  answers.push(n);
                  answers.q = q;
                });
              }
              return true;
            })
            """
        }

        private let configuration = """
            server:
              threads: 2
            namespaces:
              /game: { kind: game }
            """
    }
}
