import Foundation
import TestSupport
import Testing

extension Interop.Pages {
    @Suite("the page Relay")
    struct Relay {
        @Test("figures and charts move, and the relay is among those that tell of themselves")
        func live() async throws {
            try await withPages { setting in
                try await self.open(setting)
                try await setting.wait(until: "document.querySelector('#figure-trip').textContent !== '–ms'")
                #expect(try await setting.number("#figure-trip") > 0)
                // Twelve devices, one of them with frames too, and the relay's own status.
                #expect(try await setting.number("#figure-topics") == 26)
                #expect(try await setting.text("#ready span:last-child") == "ready")
                #expect(try await setting.text("#broker span:last-child") == "linked")
                #expect(try await setting.page.evaluate("document.querySelectorAll('.chart .u-wrap').length") == 6)
                try await setting.wait(
                    until: "!relays.hidden && relays.querySelectorAll('tbody tr').length === 1")
                #expect(try await setting.text("#relays tbody td").contains("online"))
                _ = try await setting.page.evaluate(
                    "all.open = true; all.querySelector('input').value = 'broker_up'")
                try await setting.wait(
                    until: "document.querySelector('#table-all').textContent.includes('relay_broker_up')")
                #expect(try await setting.page.evaluate("document.querySelectorAll('#table-all tr').length") == 1)
                try await PageCheck.expectWellMade(setting.page, named: "relay")
                setting.expectNoErrors()
            }
        }

        @Test("relays that tell of themselves on the broker are listed with their state and figures")
        func relays() async throws {
            let configuration = RelayProcess.Configuration.text(
                """
                mqtt: { status: false }
                namespaces:
                  /relays:
                    kind: topics
                    rules:
                      - { topics: "relay/{id}/status", event: status, delivery: state }
                      - { topics: "relay/{id}/metrics", event: metrics, delivery: state }
                    publish: ["relay/{id}/status", "relay/{id}/metrics"]
                """)
            try await withPages(configuration) { setting in
                try await setting.page.open("\(setting.relay.url)/healthz")
                try await setting.wait(until: "fetch('/readyz').then((answer) => answer.ok)")
                try await self.publish(setting, "relay/one/status", "online")
                try await self.publish(setting, "relay/one/metrics", #"{"connections":7,"messagesIn":12}"#)
                try await setting.page.open("\(setting.relay.url)/relay")
                let line = "document.querySelector('#relays tbody tr')"
                try await setting.wait(
                    until: "!relays.hidden && \(line)?.innerText.split(/\\s+/).join() === 'one,online,7,12'")
                #expect(try await setting.text("#relays thead").contains("Messages in"))
                try await self.publish(setting, "relay/one/status", "offline")
                try await setting.wait(until: "\(line).querySelector('td').dataset.state === 'offline'")
            }
        }

        @Test("there is nothing of other relays where no namespace tells of them")
        func noRelays() async throws {
            try await withPages(.text("namespaces: { /game: { kind: game } }")) { setting in
                try await self.open(setting)
                #expect(try await setting.page.evaluate("relays.hidden") == true)
            }
        }

        @Test("a broker that is gone is the reason given, a relay that is gone is said, and both heal")
        func loss() async throws {
            try await withPages { setting in
                try await self.open(setting)
                setting.broker.kill()
                try await setting.wait(until: "document.querySelector('#ready').dataset.state === 'lost'")
                #expect(try await setting.text("#not-ready").contains("no link to the broker"))
                #expect(try await setting.text("#broker span:last-child") == "no link")
                try await Screenshots.take(of: setting.page, named: "relay-no-broker")
                try await setting.broker.restart()
                try await setting.wait(until: "document.querySelector('#not-ready').hidden")
                try await setting.restartRelay {
                    try await setting.wait(until: "connection.dataset.state === 'lost'")
                    try await Screenshots.take(of: setting.page, named: "relay-lost")
                } _: {
                    try await setting.wait(
                        until: "connection.dataset.state === 'live' && document.querySelector('#not-ready').hidden")
                    #expect(try await setting.page.evaluate("document.querySelectorAll('.chart .u-wrap').length") == 6)
                    setting.expectNoErrors(evenWithoutServer: true)
                }
            }
        }

        private func open(_ setting: PagesSetting) async throws {
            try await setting.page.open("\(setting.relay.url)/relay")
            try await setting.wait(
                until:
                    "parseFloat(document.querySelector('#figure-connections').textContent) >= 1 && document.querySelector('#ready').dataset.state === 'live'"
            )
        }

        private func publish(_ setting: PagesSetting, _ topic: String, _ payload: String) async throws {
            let answer = try await setting.page.evaluate(
                "fetch('/api/topics/\(topic)?retain=true', { method: 'POST', body: '\(payload)' }).then((answer) => answer.status)"
            )
            #expect(answer == 200)
        }
    }
}
