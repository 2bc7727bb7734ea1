import TestSupport
import Testing

extension Interop.Pages {
    @Suite("leaving a room, or being made to")
    struct PlayLeaving {
        @Test("Back asks before it gives up a seat in a game, and nothing but a link takes one; the content is no room")
        func back() async throws {
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let (page, code) = try await self.play(browser, relay)
                    try await page.click(".skip")
                    try await page.eventually("location.hash === '#main'")
                    #expect(try await page.evaluate("relay.page.room.seat") == 0)
                    try await self.goBack(page)
                    try await page.eventually("location.hash === '#/\(code)'")
                    try await self.goBack(page)
                    try await page.eventually("\(element("leave-dialog")).open && location.hash === '#/\(code)'")
                    try await page.press("Escape")
                    try await page.eventually("!\(element("leave-dialog")).open")
                    #expect(try await page.evaluate("relay.page.room.seat") == 0)
                    // Asked again at once: that the dialog was closed is told with the next frame only.
                    try await self.goBack(page)
                    try await page.eventually("\(element("leave-dialog")).open")
                    _ = try await page.evaluate(
                        "\(element("leave-dialog")).close(), dispatchEvent(new PopStateEvent('popstate'))")
                    try await page.click("#leave-dialog [value=leave]")
                    try await page.eventually("!\(element("lobby")).hidden && location.hash === ''")
                    for way in ["back", "forward"] {
                        _ = try await page.evaluate(
                            "new Promise((done) => { setTimeout(done, 1000); onpopstate = done; history.\(way)() })")
                    }
                    try await page.eventually("relay.lobby.rooms.size === 1")
                    #expect(try await page.evaluate("relay.page.room") == .null)
                    #expect(page.consoleErrors == [])
                }
            }
        }

        @Test("a host hands the role on, and puts out, by the keyboard; who is put out is told")
        func host() async throws {
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let (page, code) = try await self.play(browser, relay)
                    let other = try await browser.openPage("\(relay.url)/play#/\(code)")
                    try await other.eventually("relay.page.room?.seat === 2")
                    #expect(try await other.evaluate(more) == 0)
                    try await page.bringToFront()
                    try await page.eventually("\(more) === 2")
                    try await self.openMenu(page, of: 2)
                    try await page.press("Escape")
                    try await page.eventually("document.activeElement.matches('.more[data-seat=\"2\"]')")
                    try await self.openMenu(page, of: 2)
                    try await page.press("Enter")
                    try await other.eventually("relay.page.room.isHost && \(more) === 2")
                    try await page.eventually("\(more) === 0")
                    try await other.bringToFront()
                    try await self.openMenu(other, of: 0)
                    try await other.press("ArrowDown")
                    try await other.press("Enter")
                    try await page.eventually(
                        "\(element("lobby-note")).textContent === 'The host has put you out of the room.'")
                    #expect(try await page.evaluate("location.hash") == "")
                    try await other.eventually("\(element("talk")).textContent.includes('was put out')")
                    for page in [page, other] { #expect(page.consoleErrors == []) }
                }
            }
        }

        @Test("a relay that was started anew knows nothing of the room, and that is what is said")
        func restart() async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                try await withBrowser { browser in
                    let page = try await browser.openPage("\(proxy.url)/play")
                    try await page.eventually("globalThis.relay?.games.isUp")
                    try await page.click("#match [data-game=tictactoe]")
                    try await page.eventually("relay.page.room?.isUp")
                    proxy.close()
                    try await page.eventually("\(element("overlay-text")).textContent.startsWith('Connection lost.')")
                    try await relay.stop()
                    try await withRelay(.text(configuration), port: relay.port) { _ in
                        proxy.open()
                        try await page.eventually(
                            "\(element("lobby-note")).textContent.startsWith('The room is gone: the relay was started anew')"
                        )
                        #expect(try await page.isHidden("lobby") == false)
                    }
                }
                await proxy.stop()
            }
        }

        /// The rows in which one may do something about a player.
        private let more = "document.querySelectorAll('.more:not([hidden])').length"

        private func openMenu(_ page: BrowserPage, of seat: Int) async throws {
            _ = try await page.evaluate("document.querySelector('.more[data-seat=\"\(seat)\"]').focus()")
            try await page.press("Enter")
            try await page.eventually("document.activeElement.textContent === 'Make host'")
        }

        private func goBack(_ page: BrowserPage) async throws {
            _ = try await page.evaluate("history.back()")
        }

        /// An arena that a page has opened and another player is in, and its code.
        private func play(_ browser: Browser, _ relay: RelayProcess) async throws -> (BrowserPage, String) {
            let page = try await browser.openPage("\(relay.url)/play")
            try await page.eventually("globalThis.relay?.games.isUp")
            try await page.click("#match [data-game=arena]")
            try await page.eventually("relay.page.room?.isUp && location.hash !== ''")
            let guest = try await GamePlayer(relay, auth: ["v": 1, "name": "Guest"])
            let seat = try await guest.enter("room:join", ["rid": page.evaluate("relay.page.room.info.rid")])
            try await page.eventually("relay.page.room.info.players.length === 2")
            try await seat.must("room:ready", ["ready": true])
            try await page.click("#ready")
            try await page.eventually("relay.page.isInGame")
            return (page, try await page.text("room-code"))
        }

        private let configuration = """
            server:
              threads: 2
            namespaces:
              /game: { kind: game }
            """
    }
}
