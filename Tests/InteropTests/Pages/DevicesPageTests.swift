import Foundation
import TestSupport
import Testing

extension Interop.Pages {
    @Suite("the page Devices")
    struct Devices {
        @Test("values move, nothing else does, and what is counted is what comes")
        func live() async throws {
            try await withPages { setting in
                try await self.open(setting)
                let first = "document.querySelector('[data-id=\"cam-0001\"] dd').textContent"
                let before = try await setting.page.evaluate(first)
                #expect(before.string?.isEmpty == false)
                try await setting.wait(until: "\(first) !== '\(before.string ?? "")'")
                #expect(try await setting.page.evaluate("(\(Self.ink))('[data-id=\"cam-0001\"] canvas')") == true)
                try await setting.wait(until: "parseFloat(received.textContent) > 10")
                #expect(try await setting.number("#skipped") == 0)
                #expect(try await setting.text("#broker span:last-child") == "linked")
                try await PageCheck.expectWellMade(setting.page, named: "devices")
                setting.expectNoErrors()
            }
        }

        @Test("a device in full has charts of what was before, its frames as a picture, and answers commands")
        func detail() async throws {
            try await withPages { setting in
                // Something to remember, from before the page.
                try await eventually("values of the device", within: .seconds(60)) {
                    let path = "/api/topics/devices/cam-0001/telemetry"
                    let answer = try await RawHTTP.get(port: setting.relay.port, path)
                    return (answer.json["seq"].int ?? 0) > 50
                }
                try await setting.page.open("\(setting.relay.url)/#/cam-0001")
                try await setting.wait(until: "detail.open && document.querySelector('.chart .u-wrap')")
                try await setting.wait(until: "/ values in /.test(\(Self.description))")
                // Longer than this page has been there.
                #expect(
                    try await setting.page.evaluate(
                        "Number(/in (\\d+) s/.exec(\(Self.description))[1]) > performance.now() / 1000")
                        == true)
                #expect(try await setting.page.evaluate("(\(Self.ink))('.chart canvas')") == true)
                try await setting.wait(until: "(\(Self.ink))('.picture')")
                #expect(try await setting.text("[data-part=frame]").contains("32 samples in 80 B"))

                _ = try await setting.page.evaluate("document.querySelector('[data-payload*=on]').click()")
                _ = try await setting.page.evaluate("document.querySelector('button[value=publish]').click()")
                try await setting.wait(
                    until: "/the broker has it/.test(document.querySelector('[data-part=log]').textContent)")
                try await setting.wait(until: "document.querySelector('[data-name=led] dd')?.textContent === 'on'")
                _ = try await setting.page.evaluate("document.querySelector('button[value=request]').click()")
                try await setting.wait(
                    until:
                        "/answered after .*\\{\"ok\":true,.*\"led\":\"on\"\\}/.test(document.querySelector('[data-part=log]').textContent)"
                )
                try await PageCheck.expectWellMade(setting.page, named: "device")
                setting.expectNoErrors()
            }
        }

        @Test("a device that is gone is shown so, on its card and in full, and so is its return")
        func offline() async throws {
            try await withPages { setting in
                try await self.open(setting)
                _ = try await setting.page.evaluate("location.hash = '#/cam-0001'")
                try await setting.wait(until: "detail.open && document.querySelector('[data-name=led]')")
                _ = try await setting.page.evaluate(
                    """
                    document.querySelector('[name=payload]').value = '{"reboot": true}';
                    document.querySelector('button[value=publish]').click()
                    """)
                try await setting.wait(until: "document.querySelector('[data-part=state]').dataset.state === 'offline'")
                try await Screenshots.take(of: setting.page, named: "device-offline")
                _ = try await setting.page.evaluate("document.querySelector('[data-part=close]').click()")
                let card = "document.querySelector('[data-id=\"cam-0001\"]').dataset.state"
                try await setting.wait(until: "\(card) === 'online'")
                setting.expectNoErrors()
            }
        }

        @Test("a lower rate is kept by merging values away, and the page says how many")
        func conflation() async throws {
            try await withPages { setting in
                try await self.open(setting)
                try await setting.wait(until: "parseFloat(received.textContent) > 30")
                _ = try await setting.page.evaluate(
                    "controls.elements.maxHz.value = '1'; controls.elements.maxHz.dispatchEvent(new Event('change'))")
                try await setting.wait(
                    until:
                        "parseFloat(skipped.textContent) > parseFloat(received.textContent) && parseFloat(received.textContent) > 0"
                )
                #expect(try await setting.number("#published") > setting.number("#skipped"))
                try await Screenshots.take(of: setting.page, named: "devices-merged")
                setting.expectNoErrors()
            }
        }

        @Test("filters are the relay's: what it forbids is said, and what it grants is all that is shown")
        func filters() async throws {
            try await withPages { setting in
                try await self.open(setting)
                try await self.subscribe(setting, to: "devices/#")
                try await setting.wait(until: "!refusal.hidden && refusal.textContent.startsWith('FORBIDDEN')")
                try await Screenshots.take(of: setting.page, named: "devices-forbidden")
                #expect(try await setting.page.evaluate("document.querySelectorAll('.device').length") == 12)
                try await self.subscribe(setting, to: "devices/cam-0001/telemetry, devices/sim-0003/telemetry")
                try await setting.wait(until: "document.querySelectorAll('.device').length === 2 && refusal.hidden")
                _ = try await setting.page.evaluate(
                    "controls.elements.find.value = 'SIM'; controls.elements.find.dispatchEvent(new Event('input'))")
                let shown = "[...document.querySelectorAll('.device:not([hidden])')].map((card) => card.dataset.id)"
                #expect(try await setting.page.evaluate(shown) == ["sim-0003"])
                setting.expectNoErrors()
            }
        }

        @Test("the transport is what was chosen, and what each costs is measured")
        func transports() async throws {
            try await withPages { setting in
                try await self.open(setting)
                try await setting.wait(until: "connection.textContent === 'live over WebSocket'")
                _ = try await setting.page.evaluate("document.querySelector('details').open = true")
                for (choice, name) in [("polling", "polling"), ("websocket", "WebSocket")] {
                    _ = try await setting.page.evaluate("document.querySelector('[value=\(choice)]').click()")
                    try await setting.wait(until: "connection.textContent.endsWith('over \(name)')")
                    try await setting.wait(
                        until: "parseFloat(document.querySelector('#cost-\(choice) td:last-child').textContent) > 50")
                }
                #expect(try await setting.number("#cost-polling td:nth-child(3)") > 1)
                #expect(try await setting.number("#cost-websocket td:nth-child(3)") == 0)
                try await Screenshots.take(of: setting.page, named: "devices-transports")
                setting.expectNoErrors()
            }
        }

        @Test("a lost connection is said, and heals without a reload and without anything twice")
        func loss() async throws {
            try await withPages { setting in
                try await self.open(setting)
                _ = try await setting.page.evaluate("location.hash = '#/cam-0001'")
                try await setting.wait(until: "document.querySelectorAll('.chart .u-wrap').length === 5")
                try await setting.restartRelay {
                    try await setting.wait(until: "connection.dataset.state === 'lost'")
                    #expect(try await setting.text("#connection") == "connection lost, trying again…")
                    try await Screenshots.take(of: setting.page, named: "devices-lost")
                } _: {
                    try await setting.wait(until: "connection.dataset.state === 'live'")
                    try await setting.wait(until: "parseFloat(received.textContent) > 10")
                    // Five a second of this device, not ten: no listener is there twice.
                    try await setting.wait(
                        until: "parseFloat(document.querySelector('[data-part=received]').textContent) > 0")
                    #expect(try await setting.number("[data-part=received]") < 9)
                    #expect(try await setting.page.evaluate("document.querySelectorAll('.device').length") == 12)
                    #expect(try await setting.page.evaluate("document.querySelectorAll('.chart .u-wrap').length") == 5)
                    try await setting.wait(until: "(\(Self.ink))('.picture')")
                    setting.expectNoErrors(evenWithoutServer: true)
                }
            }
        }

        @Test("five hundred devices at five values a second leave the page drawing")
        func load() async throws {
            try await withPages(devices: "devices: { count: 500, rate: 5 }") { setting in
                try await setting.page.open(setting.relay.url + "/")
                try await setting.wait(until: "document.querySelectorAll('.device').length === 500")
                // On a machine that has other work too: a quarter of what is published may be late, and is merged then.
                try await setting.wait(until: "parseFloat(published.textContent.replace(',', '')) > 1875")
                let rate = try await setting.page.evaluate(Self.framesASecond, within: .seconds(60)).number ?? 0
                #expect(rate > 10)
                setting.expectNoErrors()
            }
        }

        @Test("the keyboard reaches a device, opens it, and comes back to where it was")
        func keyboard() async throws {
            try await withPages { setting in
                try await self.open(setting)
                let focused = "document.activeElement?.textContent"
                for _ in 0..<60 where try await setting.page.evaluate(focused) != "cam-0001" {
                    try await setting.page.press("Tab")
                }
                #expect(try await setting.page.evaluate(focused) == "cam-0001")
                try await setting.page.press("Enter")
                try await setting.wait(until: "detail.open && location.hash === '#/cam-0001'")
                #expect(try await setting.page.evaluate("detail.contains(document.activeElement)") == true)
                try await setting.page.press("Escape")
                try await setting.wait(until: "!detail.open && location.hash === ''")
                #expect(try await setting.page.evaluate(focused) == "cam-0001")
                _ = try await setting.page.evaluate("history.forward()")
                try await setting.wait(until: "detail.open")
                _ = try await setting.page.evaluate("history.back()")
                try await setting.wait(until: "!detail.open")
                setting.expectNoErrors()
            }
        }

        /// Opens the page and waits until all devices are there and online.
        private func open(_ setting: PagesSetting) async throws {
            try await setting.page.open(setting.relay.url + "/")
            try await setting.wait(
                until: "document.querySelectorAll('.device').length === 12 && online.textContent === '12'")
        }

        private func subscribe(_ setting: PagesSetting, to filters: String) async throws {
            _ = try await setting.page.evaluate(
                "controls.elements.filter.value = '\(filters)'; controls.requestSubmit()")
        }

        /// What the first chart says of itself.
        private static let description =
            "(document.querySelector('.chart [role=img]')?.getAttribute('aria-label') ?? '')"

        /// How often the page is drawn, over two hundred times.
        private static let framesASecond = """
            new Promise((done) => {
              const began = performance.now();
              let frames = 0;
              requestAnimationFrame(function frame() {
                frames += 1;
                if (frames < 200) requestAnimationFrame(frame); else done(200_000 / (performance.now() - began));
              });
            })
            """

        /// Whether anything is drawn on a canvas, in more than one place.
        private static let ink = """
            (selector) => {
              const canvas = document.querySelector(selector);
              if (!canvas || canvas.width < 2) return false;
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let points = 0;
              for (let i = 3; i < data.length; i += 4) if (data[i] > 0) points += 1;
              return points > 20;
            }
            """
    }
}
