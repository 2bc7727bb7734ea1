package import Foundation
import NIOConcurrencyHelpers

/// A headless Chromium with a private profile, driven over the DevTools protocol.
package final class Browser: Sendable {
    /// There is no Chromium here.
    package struct NotInstalled: Error, CustomStringConvertible {
        package var description: String { "no Chromium here: run scripts/setup test" }
    }

    private let child: ChildProcess
    private let profile: ScratchFolder
    private let devTools: DevTools

    package init() async throws {
        guard let program = Self.program else { throw NotInstalled() }
        self.profile = try ScratchFolder()
        self.child = try ChildProcess(
            program,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-extensions",
                "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--mute-audio",
                "--remote-debugging-port=0", "--user-data-dir=\(self.profile.url.path)", "about:blank",
            ])
        do {
            let address = try await Self.devToolsAddress(of: self.child, profile: self.profile)
            self.devTools = try await DevTools(port: address.port, path: address.path)
        } catch {
            try? await self.child.kill()
            self.profile.remove()
            throw error
        }
    }

    /// Opens a tab.
    package func openPage(_ url: String = "about:blank") async throws -> BrowserPage {
        let page = try await BrowserPage(self.devTools)
        if url != "about:blank" { try await page.open(url) }
        return page
    }

    /// Ends the browser and removes its profile.
    package func close() async {
        _ = try? await self.devTools.call("Browser.close")
        do { _ = try await self.child.exitCode(within: .seconds(10)) } catch { try? await self.child.kill() }
        self.profile.remove()
    }

    private static var program: URL? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].lazy
            .flatMap { name in folders.map { "\($0)/\(name)" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
            .map { URL(fileURLWithPath: $0) }
    }

    /// Chromium writes its port and path into a file of its profile once it listens.
    private static func devToolsAddress(
        of child: ChildProcess, profile: ScratchFolder
    ) async throws -> (port: Int, path: String) {
        let file = profile.url.appendingPathComponent("DevToolsActivePort")
        var lines: [Substring] = []
        try await eventually("Chromium's DevTools", within: .seconds(60)) {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            lines = text.split(separator: "\n")
            return lines.count >= 2 || !child.isRunning
        }
        guard lines.count >= 2, let port = Int(lines[0]) else { throw NotInstalled() }
        return (port, String(lines[1]))
    }
}

/// Runs a test with a browser of its own, which is closed whatever happens.
package func withBrowser<Result>(_ body: (Browser) async throws -> Result) async throws -> Result {
    let browser = try await Browser()
    do {
        let result = try await body(browser)
        await browser.close()
        return result
    } catch {
        await browser.close()
        throw error
    }
}

/// One tab.
package final class BrowserPage: Sendable {
    /// JavaScript that threw; its message.
    package struct ScriptFailed: Error { package let message: String }

    private let devTools: DevTools
    private let session: String

    fileprivate init(_ devTools: DevTools) async throws {
        self.devTools = devTools
        let target = try await devTools.call("Target.createTarget", ["url": "about:blank"])["targetId"]
        let attached = try await devTools.call("Target.attachToTarget", ["targetId": target, "flatten": true])
        self.session = attached["sessionId"].string ?? ""
        for domain in ["Page", "Runtime", "Log"] { _ = try await self.call("\(domain).enable") }
    }

    /// Loads a URL and waits until it is complete.
    package func open(_ url: String) async throws {
        _ = try await self.call("Page.navigate", ["url": .string(url)])
        try await self.wait(until: "location.href !== 'about:blank' && document.readyState === 'complete'")
    }

    /// The value of a JavaScript expression; a promise is awaited.
    package func evaluate(_ expression: String, within limit: Duration = .seconds(30)) async throws -> JSONValue {
        let answer = try await self.call(
            "Runtime.evaluate",
            ["expression": .string(expression), "awaitPromise": true, "returnByValue": true], within: limit)
        let thrown = answer["exceptionDetails"]
        guard thrown == .null else {
            throw ScriptFailed(message: thrown["exception"]["description"].string ?? thrown.text)
        }
        return answer["result"]["value"]
    }

    /// Waits until a JavaScript expression is true.
    package func wait(until expression: String, within limit: Duration = .seconds(30)) async throws {
        try await eventually("\(expression); console: \(self.consoleErrors)", within: limit) {
            (try? await self.evaluate("!!(\(expression))")) == true
        }
    }

    /// Errors of the console, exceptions nobody caught, requests that failed: in order.
    package var consoleErrors: [String] { self.devTools.errors(of: self.session) }

    /// Gives the page a window of that size, in CSS pixels.
    package func resize(width: Int, height: Int) async throws {
        _ = try await self.call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": 1,
                "mobile": false,
            ])
    }

    /// Has the system prefer `light` or `dark`, from now on.
    package func prefer(scheme: String) async throws {
        _ = try await self.call(
            "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": .string(scheme)]]])
    }

    /// Presses and releases a key, such as `Tab`, `Enter`, `Escape`, `ArrowUp` or ` `, as a person would.
    package func press(_ key: String) async throws {
        try await self.hold(key)
        try await self.release(key)
    }

    /// Presses a key and keeps it down until it is released.
    package func hold(_ key: String) async throws {
        _ = try await self.call("Input.dispatchKeyEvent", Self.keyEvent("keyDown", key))
    }

    package func release(_ key: String) async throws {
        _ = try await self.call("Input.dispatchKeyEvent", Self.keyEvent("keyUp", key))
    }

    private static func keyEvent(_ type: String, _ key: String) -> JSONValue {
        let codes = [
            "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
            "ArrowRight": 39, "ArrowDown": 40,
        ]
        var event: [String: JSONValue] = [
            "type": .string(type), "key": .string(key), "code": .string(key == " " ? "Space" : key),
            "windowsVirtualKeyCode": .number(Double(codes[key] ?? 0)),
        ]
        if type == "keyDown", ["Enter", " "].contains(key) { event["text"] = .string(key == " " ? key : "\r") }
        return .object(event)
    }

    /// Types a text into what has the focus, in place of what was selected there.
    package func type(_ text: String) async throws {
        _ = try await self.call("Input.insertText", ["text": .string(text)])
    }

    /// Makes this the tab that is looked at: only that one is drawn, and has the keyboard.
    package func bringToFront() async throws {
        _ = try await self.call("Page.bringToFront")
    }

    /// Gives the page a phone's window, and fingers instead of a mouse.
    package func becomePhone(width: Int, height: Int) async throws {
        _ = try await self.call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .number(Double(width)), "height": .number(Double(height)), "deviceScaleFactor": 1,
                "mobile": true,
            ])
        _ = try await self.call("Emulation.setTouchEmulationEnabled", ["enabled": true])
    }

    /// Puts a finger down within an element, so far from its middle as a part of its size, or moves it there.
    package func touch(_ selector: String, right: Double = 0, down: Double = 0, moves: Bool = false) async throws {
        let place = try await self.evaluate(
            """
            (() => {
              const box = document.querySelector(`\(selector)`).getBoundingClientRect();
              return { x: box.x + box.width * (0.5 + \(right)), y: box.y + box.height * (0.5 + \(down)) };
            })()
            """)
        _ = try await self.call(
            "Input.dispatchTouchEvent", ["type": moves ? "touchMove" : "touchStart", "touchPoints": [place]])
    }

    package func liftFinger() async throws {
        _ = try await self.call("Input.dispatchTouchEvent", ["type": "touchEnd", "touchPoints": []])
    }

    /// Requests for these fail from now on; `*` stands for anything.
    package func block(_ urls: [String]) async throws {
        _ = try await self.call("Network.enable")
        _ = try await self.call("Network.setBlockedURLs", ["urls": .array(urls.map { .string($0) })])
    }

    /// What a screen reader is told of: role and name of each thing, as the browser computes them.
    package func accessibleThings() async throws -> [(role: String, name: String)] {
        let tree = try await self.call("Accessibility.getFullAXTree")
        return (tree["nodes"].array ?? []).filter { $0["ignored"] != true }.map { node in
            (role: node["role"]["value"].string ?? "", name: node["name"]["value"].string ?? "")
        }
    }

    /// A PNG of the page as a window of that size shows it, in CSS pixels.
    package func screenshot(to file: URL, width: Int = 1_280, height: Int = 800) async throws {
        try await self.resize(width: width, height: height)
        let answer = try await self.call("Page.captureScreenshot", ["format": "png"])
        guard let base64 = answer["data"].string, let png = Data(base64Encoded: base64) else {
            throw ScriptFailed(message: "no screenshot: \(answer.text)")
        }
        try png.write(to: file)
    }

    private func call(
        _ method: String, _ parameters: JSONValue = [:], within limit: Duration = .seconds(30)
    ) async throws -> JSONValue {
        try await self.devTools.call(method, parameters, session: self.session, within: limit)
    }
}
