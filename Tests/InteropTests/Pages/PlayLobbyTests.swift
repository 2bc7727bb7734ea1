import TestSupport
import Testing

extension Interop.Pages {
    @Suite("the lobby, and the ways into a room")
    struct PlayLobby {
        @Test("rooms are listed as they are, whatever they are called, and follow what happens in them")
        func rows() async throws {
            try await withRelay(.text(configuration)) { relay in
                let host = try await GamePlayer(relay, auth: ["v": 1, "name": "<b>Host</b>"])
                let arena = try await host.create(["game": "arena", "name": "<img src=x onerror=alert(1)>", "max": 4])
                _ = try await host.create(["game": "tictactoe", "name": .string(String(repeating: "w", count: 64))])
                _ = try await host.create(["game": "relay", "name": "no room of this page's"])
                _ = try await host.create(["game": "connect4", "name": "secret", "private": true])
                try await withBrowser { browser in
                    let page = try await browser.openPage("\(relay.url)/play")
                    try await page.eventually("\(element("room-count")).textContent === '2'")
                    let names = "[...document.querySelectorAll('.row-name')].map(({ textContent }) => textContent)"
                    #expect(
                        try await page.evaluate(names) == [
                            "<img src=x onerror=alert(1)>", .string(String(repeating: "w", count: 64)),
                        ])
                    #expect(try await page.evaluate("document.querySelector('#rooms img')") == .null)
                    #expect(
                        try await page.evaluate("document.querySelector('#rooms button').ariaLabel")
                            == "Join <img src=x onerror=alert(1)>, Arena")
                    let seats = "document.querySelector('.row-seats').textContent"
                    #expect(try await page.evaluate(seats) == "3 of 4 free")
                    try await PageCheck.expectWellMade(page, named: "play-lobby")
                    _ = try await page.evaluate("document.querySelector('#filter [value=arena]').click()")
                    try await page.eventually("\(element("room-count")).textContent === '1'")
                    let guests = try await self.fill(arena, relay)
                    try await page.eventually("\(seats) === 'full' && document.querySelector('#rooms button').disabled")
                    for guest in guests { try await guest.sayGoodbye() }
                    try await page.eventually("\(seats) === '3 of 4 free'")
                    try await host.sayGoodbye()
                    try await page.eventually("!\(element("no-rooms")).hidden || \(seats) === '4 of 4 free'")
                    #expect(page.consoleErrors == [])
                }
            }
        }

        private func fill(_ seat: GameSeat, _ relay: RelayProcess) async throws -> [GamePlayer] {
            var guests: [GamePlayer] = []
            for _ in 0..<3 {
                let guest = try await GamePlayer(relay)
                _ = try await guest.join(seat)
                guests.append(guest)
            }
            return guests
        }

        @Test("a code leads into its room, where it is full as a spectator; what is no code of a room is told so")
        func codes() async throws {
            try await withRelay(.text(configuration)) { relay in
                let host = try await GamePlayer(relay)
                let seat = try await host.create(["game": "tictactoe"])
                let code = seat.answer["room"]["code"].string ?? ""
                try await withBrowser { browser in
                    let page = try await browser.openPage("\(relay.url)/play")
                    try await page.eventually("globalThis.relay?.games.isUp")
                    try await self.enterCode("ZZZZZZ", page)
                    try await page.eventually("\(element("lobby-note")).textContent.includes('NO_ROOM')")
                    try await self.enterCode(code.lowercased(), page)
                    try await page.eventually("location.hash === '#/\(code)' && relay.page.room?.seat === 1")
                    let second = try await browser.openPage("\(relay.url)/play#/\(code)")
                    try await second.eventually(
                        "\(element("refusal")).textContent === 'The room is full: you are watching.'")
                    #expect(try await second.evaluate("relay.page.room.seat") == .null)
                    #expect(try await second.evaluate("\(element("talk-text")).disabled") == true)
                    #expect(try await second.isHidden("ready"))
                    #expect(try await second.isHidden("take-seat"))
                    try await second.click("#leave")
                    _ = try await second.evaluate("location.hash = '#/nonsense'")
                    try await second.eventually(
                        "\(element("lobby-note")).textContent === '“NONSENSE” is no code of a room: a code is six letters and digits.'"
                    )
                    for page in [page, second] { #expect(page.consoleErrors == []) }
                }
            }
        }

        private func enterCode(_ code: String, _ page: BrowserPage) async throws {
            _ = try await page.evaluate("\(element("code")).focus(), \(element("code")).select()")
            try await page.type(code)
            try await page.press("Enter")
        }

        @Test("a name is bounded by its bytes and kept once it is taken; without a connection nothing is left to wait")
        func names() async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                try await withBrowser { browser in
                    let page = try await browser.openPage("\(proxy.url)/play")
                    try await page.eventually("globalThis.relay?.games.isUp")
                    try await page.fill("name", String(repeating: "é", count: 60))
                    let longest = String(repeating: "é", count: 32)
                    try await page.eventually("localStorage.getItem('relay.name') === '\(longest)'")
                    try await page.eventually("relay.games.isUp")
                    try await page.click("#match [data-game=arena]")
                    try await page.eventually(
                        "\(element("people")).textContent.includes('\(longest) (you)')")
                    try await page.click("#leave")
                    try await page.eventually("!\(element("lobby")).hidden")
                    proxy.close()
                    try await page.eventually("\(element("connection")).dataset.state === 'lost'")
                    try await page.click("#match [data-game=arena]")
                    try await page.eventually(
                        "\(element("lobby-note")).textContent.startsWith('There is no connection now')")
                    proxy.open()
                    try await page.eventually("relay.games.isUp")
                    #expect(try await page.evaluate("relay.page.room") == .null)
                    #expect(page.consoleErrors.filter { !$0.contains("net::ERR_") } == [])
                }
                await proxy.stop()
            }
        }

        private let configuration = """
            server:
              threads: 2
            namespaces:
              /game: { kind: game }
            """
    }
}
