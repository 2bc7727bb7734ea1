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
                    try await self.enter(first, "\(proxy.url)/chat#tea", "Ann")
                    try await self.enter(second, "\(relay.url)/chat#tea", "Ben")
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

        private let patience = Duration.seconds(60)

        private func element(_ id: String) -> String { "document.getElementById('\(id)')" }

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

extension BrowserPage {
    /// Clicks on what a selector finds.
    func click(_ selector: String) async throws {
        _ = try await self.evaluate("document.querySelector('\(selector)').click()")
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
