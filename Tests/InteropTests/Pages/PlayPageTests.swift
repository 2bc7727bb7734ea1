import TestSupport
import Testing

extension Interop.Pages {
    @Suite("the page Play")
    struct Play {
        @Test("two pages play tic-tac-toe to its end by their buttons; a move out of turn says why it is refused")
        func board() async throws {
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let first = try await browser.openPage()
                    let code = try await self.matchTicTacToe(on: first, relay)
                    // The page opened last is the one that is drawn.
                    let second = try await browser.openPage()
                    try await second.open("\(relay.url)/play#/\(code)")
                    for page in [first, second] {
                        try await page.wait(until: "!\(element("ready")).hidden", within: patience)
                        try await page.click("#ready")
                    }
                    for page in [first, second] { try await page.wait(until: isPlaying, within: patience) }
                    try await second.wait(until: "document.activeElement.closest('#board')", within: patience)
                    try await self.checkTurnsAreKept(first, second)
                    try await self.playToTheEnd(first, second)
                    try await self.checkRematch(first, second)
                    for page in [first, second] { #expect(page.consoleErrors == []) }
                }
            }
        }

        /// Returns the code of the room, which the page shows and its address holds.
        private func matchTicTacToe(on page: BrowserPage, _ relay: RelayProcess) async throws -> String {
            try await page.open("\(relay.url)/play")
            try await page.wait(until: "\(element("connection")).dataset.state === 'live'", within: patience)
            try await page.click("#match [data-game=tictactoe]")
            try await page.wait(until: "!\(element("room")).hidden", within: patience)
            let code = try await page.evaluate("\(element("room-code")).textContent").string ?? ""
            #expect(code.count == 6)
            try await page.wait(until: "location.hash === '#/\(code)'")
            return code
        }

        private func checkTurnsAreKept(_ first: BrowserPage, _ second: BrowserPage) async throws {
            try await first.wait(until: "\(element("status")).textContent.startsWith('Your turn')")
            #expect(try await second.evaluate("\(element("status")).textContent").string?.contains("’s turn") == true)
            try await second.click(cell(0))
            try await second.wait(
                until: "\(element("refusal")).textContent.includes('NOT_YOUR_TURN')", within: patience)
            #expect(try await label(of: 0, on: second) == "row 1, column 1, empty")
        }

        private func playToTheEnd(_ first: BrowserPage, _ second: BrowserPage) async throws {
            // The first move by keyboard: from the first cell to the middle.
            try await first.bringToFront()
            _ = try await first.evaluate("document.querySelector('\(cell(0))').focus()")
            for key in ["ArrowRight", "ArrowDown"] { try await first.press(key) }
            #expect(
                try await first.evaluate("document.activeElement.getAttribute('aria-label')")
                    == "row 2, column 2, empty")
            try await first.press("Enter")
            try await self.wait(for: 4, toBe: "X", on: [first, second])
            // Whoever does not see it is told.
            try await second.eventually("\(element("said")).textContent.endsWith(': row 2, column 2')")
            #expect(try await first.text("said") == "")
            for (index, place) in [0, 3, 8, 5].enumerated() {
                try await (index.isMultiple(of: 2) ? second : first).click(cell(place))
                try await self.wait(for: place, toBe: index.isMultiple(of: 2) ? "O" : "X", on: [first, second])
            }
            for page in [first, second] {
                try await page.wait(until: "\(element("room-state")).textContent === 'over'")
            }
            #expect(try await first.evaluate("\(element("status")).textContent") == "You won.")
            let name = try await first.evaluate("relay.games.name").string ?? ""
            #expect(try await second.evaluate("\(element("status")).textContent") == .string("\(name) won."))
            #expect(
                try await second.evaluate("[...document.querySelectorAll('.won')].map((cell) => cell.ariaLabel)") == [
                    .string("row 2, column 1, X, \(name)’s, in the winning line"),
                    .string("row 2, column 2, X, \(name)’s, in the winning line"),
                    .string("row 2, column 3, X, \(name)’s, last move, in the winning line"),
                ])
            try await PageCheck.expectWellMade(second, named: "play-board")
        }

        private func checkRematch(_ first: BrowserPage, _ second: BrowserPage) async throws {
            #expect(try await second.evaluate("\(element("rematch")).hidden") == true)
            try await first.click("#rematch")
            for page in [first, second] {
                try await page.wait(until: "!\(element("ready")).hidden", within: patience)
                #expect(try await label(of: 4, on: page) == "row 2, column 2, empty")
                try await page.click("#ready")
            }
            // The other one begins now.
            try await second.wait(until: "\(element("status")).textContent === 'Your turn, X.'", within: patience)
            try await second.click("#leave")
            try await second.wait(until: "!\(element("lobby")).hidden", within: patience)
            try await first.wait(
                until: "\(element("status")).textContent === 'You won: the other player is gone.'", within: patience)
        }

        @Test("in an arena what one page does moves on both; a reload, and a lost connection, lead back to the seat")
        func arena() async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                try await withBrowser { browser in
                    let (first, second) = (try await browser.openPage(), try await browser.openPage())
                    try await self.startArena(first, "\(proxy.url)/play", second, "\(relay.url)/play")
                    try await self.checkMoving(first, second)
                    try await self.checkPictureIsSmooth(first)
                    try await PageCheck.expectWellMade(second, named: "play-arena")
                    try await self.checkReload(of: first)
                    try await self.checkLoss(of: first, proxy, seenBy: second)
                    try await self.checkTouch(second)
                    #expect(first.consoleErrors.filter { !$0.contains("net::ERR_") } == [])
                    #expect(second.consoleErrors == [])
                }
                await proxy.stop()
            }
        }

        /// A room whose seats outlast also a busy machine.
        private func startArena(
            _ first: BrowserPage, _ firstURL: String, _ second: BrowserPage, _ secondURL: String
        ) async throws {
            try await first.open(firstURL)
            try await first.wait(until: "globalThis.relay?.games.isUp", within: patience)
            let create = "relay.games.create({game: 'arena', options: {graceMs: 120000}}, relay.page.handlers)"
            _ = try await first.evaluate("\(create).then(() => true)", within: patience)
            let code = try await first.evaluate("\(element("room-code")).textContent").string ?? ""
            try await second.open("\(secondURL)?room=\(code.lowercased())")
            for page in [first, second] {
                try await page.wait(until: "!\(element("ready")).hidden", within: patience)
                try await page.click("#ready")
            }
            for page in [first, second] {
                try await page.wait(until: "\(isPlaying) && relay.page.stage.placeOf(0)", within: patience)
            }
        }

        private func checkMoving(_ first: BrowserPage, _ second: BrowserPage) async throws {
            let place = "relay.page.stage.placeOf(relay.page.room.seat)"
            // Where there is a way to go.
            let key = try await first.evaluate("\(place).x < 30000") == true ? "ArrowRight" : "ArrowLeft"
            let before = try await second.evaluate("relay.page.stage.placeOf(0).x").int ?? 0
            try await first.bringToFront()
            try await first.hold(key)
            try await second.wait(
                until: "Math.abs(relay.page.stage.placeOf(0).x - \(before)) > 3000", within: patience)
            try await first.release(key)
            // Twenty a second; on a machine that has other work too, some are late.
            try await first.wait(until: "Number(\(element("rate")).textContent) > 15", within: patience)
        }

        /// Between two states 50 ms apart there are pictures, each a little further, and none ahead of what has come.
        private func checkPictureIsSmooth(_ page: BrowserPage) async throws {
            let script = """
                import("/play/timeline.js").then(({ Timeline }) => {
                  const timeline = new Timeline(110);
                  for (let i = 0; i < 10; i += 1) timeline.add(1000 + i * 50, i * 50, i * 100);
                  const seen = [];
                  for (let now = 1450; now < 1700; now += 10) {
                    const { before, after, share } = timeline.at(now);
                    seen.push(before + (after - before) * share);
                  }
                  return seen;
                })
                """
            let seen = try await page.evaluate(script).array?.compactMap(\.int) ?? []
            #expect(seen.count == 25 && seen.first == 680 && seen.last == 900)
            #expect(zip(seen, seen.dropFirst()).allSatisfy { $1 - $0 == 20 || $1 == 900 })
        }

        private func checkReload(of page: BrowserPage) async throws {
            _ = try await page.evaluate("window.isOld = true, location.reload(), true")
            try await page.wait(until: "!window.isOld && globalThis.relay?.page.room?.isUp", within: patience)
            #expect(try await page.evaluate("relay.page.room.seat") == 0)
            try await page.wait(until: "relay.page.stage.placeOf(0) && !\(element("room")).hidden", within: patience)
            #expect(try await page.evaluate("document.querySelector('#people .me') !== null") == true)
            // What is left of a round that began before.
            try await page.eventually("/^you: \\d+ coins? · \\d+ s$/.test(\(element("clock")).textContent)")
        }

        private func checkLoss(of page: BrowserPage, _ proxy: TCPProxy, seenBy other: BrowserPage) async throws {
            proxy.close()
            try await page.wait(until: "\(element("connection")).dataset.state === 'lost'", within: patience)
            try await page.wait(
                until: "\(element("overlay-text")).textContent.startsWith('Connection lost. Your seat is kept for')",
                within: patience)
            #expect(try await page.evaluate("\(element("arena")).hidden") == false)
            try await Screenshots.take(of: page, named: "play-arena-lost")
            try await other.wait(
                until: "\(element("people")).textContent.includes('connection lost')", within: patience)
            proxy.open()
            try await page.wait(
                until: "relay.page.room?.isUp && \(element("talk")).textContent.includes('You are back')",
                within: patience)
            #expect(try await page.evaluate("relay.page.room.seat") == 0)
            #expect(try await page.evaluate("\(element("stage")).classList.contains('frozen')") == false)
            try await other.wait(
                until: "!\(element("people")).textContent.includes('connection lost')", within: patience)
        }

        /// On a phone, upright and held sideways: all that one needs is in sight, and the pad moves.
        private func checkTouch(_ page: BrowserPage) async throws {
            try await page.bringToFront()
            for (width, height) in [(844, 390), (390, 844)] {
                try await page.becomePhone(width: width, height: height)
                try await page.eventually("matchMedia('(pointer: coarse)').matches && innerWidth === \(width)")
                _ = try await page.evaluate("relay.page.stage.focus()")
                let isInSight = """
                    ["status", "arena", "stick", "dash"].every((id) => {
                      const box = document.getElementById(id).getBoundingClientRect();
                      return box.height > 20 && box.top >= -1 && box.bottom <= innerHeight + 1 && box.right <= innerWidth;
                    })
                    """
                try await page.eventually(isInSight)
                try await Screenshots.take(
                    of: page, named: "play-arena-\(width > height ? "sideways" : "upright")",
                    as: WindowSize(width: width, height: height))
                try await page.becomePhone(width: width, height: height)
                let place = "relay.page.stage.placeOf(relay.page.room.seat)"
                let goesRight = try await page.evaluate("\(place).x < 30000") == true
                let before = try await page.evaluate("\(place).x").int ?? 0
                try await page.touch("#stick")
                try await page.touch("#stick", right: goesRight ? 0.4 : -0.4, moves: true)
                try await page.eventually("Math.abs(\(place).x - \(before)) > 3000")
                try await page.liftFinger()
                try await page.eventually("relay.page.stages.arena.controls.bits === 0")
            }
        }

        private let isPlaying = "document.getElementById('room-state').textContent === 'playing'"

        private func cell(_ index: Int) -> String {
            "#board > :nth-child(\(index / 3 + 1)) > :nth-child(\(index % 3 + 1)) > button"
        }

        private func label(of index: Int, on page: BrowserPage) async throws -> JSONValue {
            try await page.evaluate("document.querySelector('\(cell(index))').ariaLabel")
        }

        private func wait(for index: Int, toBe mark: String, on pages: [BrowserPage]) async throws {
            for page in pages {
                try await page.wait(
                    until: "document.querySelector('\(cell(index))').dataset.mark === '\(mark)'", within: patience)
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
