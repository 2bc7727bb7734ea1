import Foundation
import TestSupport
import Testing

extension Interop {
    /// The pages that the relay serves, in a browser, as a person uses them.
    @Suite(.serialized) struct Pages {}
}

/// A broker, a relay as the demo has it, devices, and a page in a browser.
struct PagesSetting {
    let broker: Broker
    let relay: RelayProcess
    let page: BrowserPage
    let configuration: RelayProcess.Configuration

    /// Ends the relay, and puts another one in its place, on the same port, after `meanwhile`.
    func restartRelay(meanwhile: () async throws -> Void, _ after: () async throws -> Void) async throws {
        try await self.relay.stop()
        try await meanwhile()
        try await withRelay(
            self.configuration, port: self.relay.port, arguments: ["--mqtt", self.broker.url]
        ) { _ in try await after() }
    }

    /// What an element of the page says.
    func text(_ selector: String) async throws -> String {
        try await self.page.evaluate("document.querySelector(`\(selector)`)?.textContent ?? ''").string ?? ""
    }

    /// The number that an element of the page says.
    func number(_ selector: String) async throws -> Double {
        try await self.page.evaluate("parseFloat(document.querySelector(`\(selector)`)?.textContent)").number ?? .nan
    }

    func wait(until expression: String) async throws {
        try await self.page.wait(until: expression, within: .seconds(60))
    }

    /// Nothing but what the browser itself says while there is no server.
    func expectNoErrors(evenWithoutServer: Bool = false) {
        let errors = self.page.consoleErrors.filter { error in
            !evenWithoutServer || !["ERR_", "WebSocket", "Failed to load"].contains { error.contains($0) }
        }
        #expect(errors == [])
    }
}

/// - Parameter devices: what device-sim simulates, as its configuration says it.
func withPages(
    _ configuration: RelayProcess.Configuration = .file("configs/demo.yaml"), devices: String = PagesSetting.devices,
    _ body: (PagesSetting) async throws -> Void
) async throws {
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let file = try folder.write(devices, to: "devices.yaml")
    try await withBroker { broker in
        let simulator = try ChildProcess(
            PackageLayout.program("device-sim"), ["--config", file.path, "--mqtt", broker.url])
        do {
            try await withRelay(configuration, arguments: ["--mqtt", broker.url]) { relay in
                try await withBrowser { browser in
                    let page = try await browser.openPage()
                    try await page.resize(width: WindowSize.desktop.width, height: WindowSize.desktop.height)
                    try await body(
                        PagesSetting(broker: broker, relay: relay, page: page, configuration: configuration))
                }
            }
        } catch {
            try? await simulator.kill()
            throw error
        }
        try await simulator.stop()
    }
}

extension PagesSetting {
    /// Twelve devices: eleven with telemetry, and one that sends frames as well.
    static let devices = """
        groups:
          sim: { count: 11, rate: 4 }
          cam: { count: 1, rate: 5, profile: mixed, reboot: 4s }
        """
}
