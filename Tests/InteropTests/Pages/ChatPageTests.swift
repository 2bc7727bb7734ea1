import TestSupport
import Testing

extension Interop.Pages {
    @Suite("the page Chat")
    struct Chat {
        @Test("Socket.IO and the plain WebSocket hear each other on two pages; what a cut connection missed comes once")
        func chat() async throws {
            try await withRelay(.text(configuration)) { relay in
                let proxy = try await TCPProxy(to: relay.port)
                try await withBrowser { browser in
                    let (first, second) = (try await browser.openPage(), try await browser.openPage())
                    try await self.enter(first, "\(proxy.url)/chat#/tea", "Ann")
                    try await self.enter(second, "\(relay.url)/chat#/tea", "Ben")
                    try await self.checkBothSides(first, second)
                    try await self.checkCode(on: first)
                    try await self.checkTabs(first, second)
                    try await self.checkLoss(of: first, proxy, and: second)
                    try await self.checkRate(on: second)
                    #expect(first.consoleErrors.filter { !$0.contains("net::ERR_") } == [])
                    #expect(second.consoleErrors == [])
                }
                await proxy.stop()
            }
        }

        private func enter(_ page: BrowserPage, _ url: String, _ name: String) async throws {
            try await page.open(url)
            try await page.wait(until: "!\(element("panel")).hidden && !\(element("send")).disabled", within: patience)
            _ = try await page.evaluate(
                "\(element("name")).value = '\(name)', \(element("name")).dispatchEvent(new Event('change'))")
            try await page.wait(until: "\(element("members")).textContent.includes('\(name) (you)')", within: patience)
            try await page.wait(
                until: "\(element("plain-state")).textContent === 'open as \(name) (plain)'", within: patience)
        }

        private func checkBothSides(_ first: BrowserPage, _ second: BrowserPage) async throws {
            try await first.wait(until: "\(element("members")).children.length === 4", within: patience)
            try await first.say("say", "<b>Hello</b> from Ann")
            for list in ["messages", "plain-messages"] {
                try await second.wait(until: has("<b>Hello</b> from Ann", in: list), within: patience)
            }
            // One's own: from the acknowledgement.
            try await first.wait(
                until: "document.querySelector('#messages .mine').textContent.includes('from Ann')", within: patience)
            try await second.say("plain", "without a library")
            for list in ["messages", "plain-messages"] {
                try await first.wait(until: has("without a library", in: list), within: patience)
            }
            try await second.wait(until: has("without a library", in: "messages"), within: patience)
            #expect(
                try await first.evaluate(
                    "[...\(element("messages")).querySelectorAll('strong')].map((name) => name.textContent)")
                    == ["Ann (you)", "Ben (plain)"])
            #expect(try await second.evaluate("document.querySelector('#messages b')") == .null)
            try await PageCheck.expectWellMade(second, named: "chat")
        }

        /// What is shown is what runs.
        private func checkCode(on page: BrowserPage) async throws {
            let shown = try await page.evaluate("\(element("plain-code")).textContent")
            #expect(try await page.evaluate("fetch('/chat/plain.js').then((file) => file.text())") == shown)
        }

        private func checkTabs(_ first: BrowserPage, _ second: BrowserPage) async throws {
            try await second.say("join", "cake")
            let active = "document.querySelector('[role=tab][aria-selected=true]').textContent"
            try await second.wait(until: "\(active) === 'cake'", within: patience)
            try await first.say("say", "who is at the cake?")
            let tea = "document.querySelector('[role=tab]').textContent"
            try await second.wait(until: "\(tea) === 'tea1 unread'", within: patience)
            try await second.click("[role=tab]")
            try await second.wait(until: has("who is at the cake?", in: "messages"), within: patience)
            #expect(try await second.evaluate(tea) == "tea")
        }

        private func checkLoss(of page: BrowserPage, _ proxy: TCPProxy, and other: BrowserPage) async throws {
            proxy.close()
            try await page.wait(until: "\(element("connection")).dataset.state === 'lost'", within: patience)
            try await page.wait(until: "\(element("plain-state")).dataset.state === 'lost'", within: patience)
            try await page.say("say", "into the void")
            try await page.wait(until: "\(element("refusal")).textContent.includes('NOT_CONNECTED')", within: patience)
            #expect(try await page.evaluate("\(element("say-text")).value") == "into the void")
            try await other.say("say", "said meanwhile")
            try await other.wait(until: has("said meanwhile", in: "messages"), within: patience)
            try await Screenshots.take(of: page, named: "chat-lost")
            proxy.open()
            try await page.wait(until: has("said meanwhile", in: "messages"), within: patience)
            try await page.wait(until: "\(element("plain-state")).dataset.state === 'live'", within: patience)
            #expect(
                try await page.evaluate(
                    "[...document.querySelectorAll('#messages .text')].map((text) => text.textContent)") == [
                        "<b>Hello</b> from Ann", "without a library", "who is at the cake?", "said meanwhile",
                    ])
            #expect(
                try await page.evaluate("\(element("plain-messages")).textContent.includes('said meanwhile')") == false)
        }

        private func checkRate(on page: BrowserPage) async throws {
            // In one go: spread over seconds they would be within the rate.
            _ = try await page.evaluate("for (let i = 0; i < 40; i += 1) \(PageScript.say("say", "again"))")
            try await page.wait(until: "\(element("refusal")).textContent.includes('RATE')", within: patience)
        }

        @Test("one's name is kept once it is taken: what is refused, and what another has, is said beside the field")
        func names() async throws {
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let first = try await browser.openPage()
                    try await self.enter(first, "\(relay.url)/chat#/tea", "Ann")
                    let second = try await browser.openPage()
                    try await self.enter(second, "\(relay.url)/chat#/tea", "Ben")
                    try await second.fill("name", "ann")
                    try await second.eventually(
                        "\(element("name-note")).textContent === 'Somebody is called so: you are ann 2 here.'")
                    try await second.eventually("\(element("plain-state")).textContent === 'open as ann 2 (plain)'")
                    _ = try await second.evaluate(
                        "\(element("name")).value = '\\u202Eevil', \(element("name")).dispatchEvent(new Event('change'))"
                    )
                    try await second.eventually("\(element("name-note")).textContent.includes('(BAD_INPUT)')")
                    #expect(try await second.evaluate("localStorage.getItem('relay.name')") == "ann")
                    #expect(try await second.text("members").contains("ann 2 (you)"))
                    // The longest name, twice: each plain side is somebody of its own, too.
                    let long = String(repeating: "é", count: 32)
                    try await first.bringToFront()
                    try await first.fill("name", long)
                    try await first.eventually("\(element("members")).textContent.includes('\(long) (you)')")
                    try await second.bringToFront()
                    try await second.fill("name", long)
                    try await second.eventually("\(element("members")).textContent.includes('é 2 (you)')")
                    for page in [first, second] {
                        try await page.eventually(
                            "/^open as é+ \\d+ \\(plain\\)$/.test(\(element("plain-state")).textContent)")
                        #expect(page.consoleErrors == [])
                    }
                }
            }
        }

        @Test(
            "the way to the content is no room; what others left in the storage is survived; who is put out may come back"
        )
        func ways() async throws {
            try await withRelay(.text(configuration)) { relay in
                try await withBrowser { browser in
                    let page = try await browser.openPage("\(relay.url)/chat#/tea")
                    try await page.eventually("!\(element("panel")).hidden && !\(element("send")).disabled")
                    try await page.click(".skip")
                    try await page.eventually("location.hash === '#main'")
                    #expect(try await page.evaluate("[...relay.chat.rooms.keys()]") == ["tea"])
                    try await self.checkPuttingOut(page)
                    try await page.say("join", "..")
                    try await page.eventually(
                        "\(element("plain-state")).textContent === 'no address leads to this room'")
                    _ = try await page.evaluate(
                        "sessionStorage.setItem('relay.chat.rooms', '{oops'), location.replace('/healthz')")
                    try await page.open("\(relay.url)/chat")
                    try await page.eventually("location.hash === '#/lobby' && !\(element("send")).disabled")
                    try await page.click("#leave")
                    #expect(try await page.isHidden("no-room") == false)
                    #expect(page.consoleErrors == [])
                }
            }
        }

        /// Who goes on saying too much after having been refused is put out.
        private func checkPuttingOut(_ page: BrowserPage) async throws {
            _ = try await page.evaluate(
                "for (let i = 0; i < 400; i += 1) relay.chat.say('tea', `again ${i}`).catch(() => {})")
            try await page.eventually("!\(element("out")).hidden && \(element("send")).disabled")
            #expect(try await page.text("messages").contains("You were put out of the room (RATE)."))
            // The rate has to allow it again.
            try await eventually("back in the room", within: patience) {
                try await page.click("#join-again")
                return try await page.isHidden("out")
            }
            try await page.eventually(
                "!\(element("send")).disabled && \(element("members")).textContent.includes('(you)')")
        }

        private func has(_ text: String, in list: String) -> String {
            "[...document.querySelectorAll('#\(list) .text')].some((line) => line.textContent === '\(text)')"
        }

        private let configuration = """
            server:
              threads: 2
            namespaces:
              /chat: { kind: chat }
            """
    }
}

private enum PageScript {
    /// Fills the field of a form and sends it.
    static func say(_ form: String, _ text: String) -> String {
        """
        (() => {
          const form = document.getElementById("\(form)-form");
          form.querySelector("input").value = "\(text)";
          form.requestSubmit();
        })()
        """
    }
}

extension BrowserPage {
    fileprivate func say(_ form: String, _ text: String) async throws {
        _ = try await self.evaluate(PageScript.say(form, text))
    }
}
