import Foundation
import TestSupport
import Testing

extension Interop.Pages {
    @Suite("what the page Devices makes of values")
    struct DevicesValues {
        @Test("bare numbers, names like HTML, and integers that JavaScript has no room for; what is cleared goes")
        func odd() async throws {
            try await withPages(.text(configuration), devices: "devices: { count: 1, rate: 1 }") { setting in
                try await setting.page.open(setting.relay.url + "/")
                try await setting.wait(until: "connection.dataset.state === 'live'")
                try await self.checkBareNumber(setting)
                try await self.checkDeletion(setting)
                try await self.checkHostileNames(setting)
                setting.expectNoErrors()
            }
        }

        private func checkBareNumber(_ setting: PagesSetting) async throws {
            try await self.publish(setting, "bare/telemetry", "21.5")
            try await self.publish(setting, "bare/status", "online")
            try await setting.wait(until: "\(card("bare"))?.textContent.includes('value21.5')")
            try await setting.wait(until: "\(card("bare")).dataset.state === 'online'")
        }

        /// A device is known by either; without both it is not.
        private func checkDeletion(_ setting: PagesSetting) async throws {
            try await self.publish(setting, "bare/telemetry", "")
            try await setting.wait(until: "\(card("bare")) && !\(card("bare")).textContent.includes('21.5')")
            try await self.publish(setting, "bare/status", "")
            try await setting.wait(until: "\(card("bare")) === null")
        }

        private func checkHostileNames(_ setting: PagesSetting) async throws {
            let long = String(repeating: "x", count: 120)
            let name = "%3Cimg src=x onerror=alert(1)%3E\(long)".replacing(" ", with: "%20")
            try await self.publish(setting, "\(name)/telemetry", #"{"<b>n</b>\#(long)": 1, "mode": "<i>on</i>"}"#)
            let link = "[...document.querySelectorAll('.device a')].find(({ textContent }) => textContent[0] === '<')"
            try await setting.wait(until: "\(link)?.textContent.startsWith('<img src=x onerror=alert(1)>x')")
            _ = try await setting.page.evaluate("\(link).click()")
            try await setting.wait(
                until: "detail.open && /<i>on/.test(document.querySelector('.words-list').textContent)")
            #expect(
                try await setting.page.evaluate("document.querySelector('#devices img, #detail :is(img, b, i)')")
                    == .null)
            #expect(
                try await setting.page.evaluate(
                    "document.querySelector('.detail').scrollWidth - document.querySelector('.detail').clientWidth")
                    == 0)
            // As it was typed.
            _ = try await setting.page.evaluate(
                "document.querySelector('[name=payload]').value = '{\"id\": 12345678901234567890}'")
            try await setting.page.click("button[value=publish]")
            try await setting.wait(
                until: "/the broker has it/.test(document.querySelector('[data-part=log]').textContent)")
            try await setting.wait(
                until:
                    "fetch('/api/topics/devices/\(name)/commands').then((answer) => answer.text()).then((text) => text === '{\"id\": 12345678901234567890}')"
            )
        }

        @Test(
            "values of one time all count, also when the relay's clock is set back; clocks are compared by the last minute"
        )
        func order() async throws {
            try await withRelay(.text("namespaces: { /game: { kind: game } }")) { relay in
                try await withBrowser { browser in
                    let page = try await browser.openPage(relay.url + "/healthz")
                    #expect(try await page.evaluate(Self.fleet) == ["4,4,3,9", 9, 900])
                    #expect(try await page.evaluate(Self.history) == [[1, 2, 3, 4, 6], 2, 12])
                    #expect(try await page.evaluate(Self.lag) == [0, 30, 20, 500])
                }
            }
        }

        /// Values of one time, and of an earlier one; then what a subscription's answer brings: the last value once more.
        private static let fleet = """
            import("/devices/fleet.js").then(({ Fleet }) => {
              const fleet = new Fleet();
              const value = (value, at, more) => fleet.telemetry("a", value, { at, ...more }, 1000);
              fleet.answered();
              value(4, 100);
              value(4, 100);
              value(3, 50);
              const device = value(9, 50);
              fleet.answered();
              value(9, 50);
              value(7, 40, { history: true });
              const { values, count, last } = device.fields.get("value");
              return [[...values.slice(0, count)].join(), last, fleet.lag.value];
            })
            """

        private static let history = """
            import("/devices/history.js").then(({ History }) => {
              const history = new History();
              const push = (at, value, isHistory = false) => history.push(at, [["value", value]], isHistory);
              push(1000, 1, true);
              push(1000, 0, true);
              push(1000, 2);
              push(1001, 3);
              push(1000.9, 4);
              push(1002, 6);
              const rises = history.times.every((time, i, times) => i === 0 || time > times[i - 1]);
              const values = rises ? [...history.fields.get("value")] : [];
              push(10, 7);
              push(11, 8);
              const afterStep = history.times.length;
              for (let i = 0; i < 50; i += 1) history.push(20 + i, [["field " + i, i]], false);
              return [values, afterStep, history.fields.size];
            })
            """

        private static let lag = """
            import("/devices/lag.js").then(({ Lag }) => {
              const lag = new Lag();
              const seen = [lag.value];
              lag.add(30, 0);
              lag.add(40, 5_000);
              seen.push(lag.value);
              lag.add(20, 20_000);
              seen.push(lag.value);
              for (let now = 30_000; now < 120_000; now += 1000) lag.add(500, now);
              seen.push(lag.value);
              return seen;
            })
            """

        private func card(_ id: String) -> String { "document.querySelector('[data-id=\"\(id)\"]')" }

        private func publish(_ setting: PagesSetting, _ topic: String, _ payload: String) async throws {
            let answer = try await setting.page.evaluate(
                "fetch('/api/topics/devices/\(topic)?retain=true', { method: 'POST', body: `\(payload)` }).then((answer) => answer.status)"
            )
            #expect(answer == 200)
        }

        private let configuration = """
            namespaces:
              /devices:
                kind: topics
                rules:
                  - { topics: "devices/{device}/telemetry", event: telemetry, delivery: state, history: 100 }
                  - { topics: "devices/{device}/status", event: presence, delivery: state }
                  - { topics: "devices/{device}/frame", event: frame, payload: binary }
                  - { topics: "devices/{device}/commands", event: command }
                publish: ["devices/{device}/telemetry", "devices/{device}/status", "devices/{device}/commands"]
            """
    }
}
