import Foundation
import TestSupport
import Testing

/// What every page keeps, whatever it is about: looked at in light and dark, on a desktop and on phones, while data streams.
struct PageCheck {
    private let page: BrowserPage
    private let name: String

    /// - Parameters:
    ///   - page: is shown and gets its data; it is left at a desktop's width.
    ///   - name: what its pictures are called.
    static func expectWellMade(_ page: BrowserPage, named name: String) async throws {
        let check = PageCheck(page: page, name: name)
        try await page.bringToFront()
        _ = try await page.evaluate(
            try String(contentsOf: PackageLayout.file("Tests/Interop/page-check.js"), encoding: .utf8))
        try await page.resize(width: WindowSize.desktop.width, height: WindowSize.desktop.height)
        try await check.expectNames()
        try await check.expectStillness(as: .desktop)
        for scheme in ["light", "dark"] {
            try await check.prefer(scheme)
            try await check.expectContrast(scheme)
            try await Screenshots.take(of: page, named: "\(name)-\(scheme)")
        }
        for size in [WindowSize.narrow, .phone] {
            try await page.resize(width: size.width, height: size.height)
            #expect(try await page.evaluate("pageCheck.overflow()") == [], "\(name) is wider than \(size.width) px")
        }
        try await check.expectStillness(as: .phone)
        try await Screenshots.take(of: page, named: "\(name)-phone", as: .phone)
        try await check.prefer("light")
        try await Screenshots.take(of: page, named: "\(name)-phone-light", as: .phone)
        try await page.resize(width: WindowSize.desktop.width, height: WindowSize.desktop.height)
    }

    /// Controls, pictures and dialogs as a screen reader is told of them (WCAG 2.2, 4.1.2 and 1.1.1).
    private static let named: Set<String> = [
        "button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "radiogroup", "slider",
        "spinbutton", "switch", "tab", "menuitem", "image", "img", "dialog", "table", "DisclosureTriangle", "Canvas",
        "progressbar", "meter", "RootWebArea",
    ]

    private func expectNames() async throws {
        let things = try await self.page.accessibleThings()
        let nameless = things.filter { Self.named.contains($0.role) && $0.name.allSatisfy(\.isWhitespace) }
        #expect(nameless.map(\.role) == [], "\(self.name) has these without a name")
        #expect(things.contains { $0.role == "heading" }, "\(self.name) has no heading")
        // An open dialog hides all else.
        #expect(things.contains { ["main", "dialog"].contains($0.role) }, "\(self.name) has no main part")
    }

    private func expectContrast(_ scheme: String) async throws {
        #expect(try await self.page.evaluate("pageCheck.contrast()") == [], "\(self.name), \(scheme)")
    }

    /// Light or dark, once colours have faded into each other.
    private func prefer(_ scheme: String) async throws {
        try await self.page.prefer(scheme: scheme)
        _ = try await self.page.evaluate("pageCheck.settled()")
    }

    /// Nothing moves while data streams. The time is what is measured here, not waited for.
    private func expectStillness(as size: WindowSize) async throws {
        try await self.page.resize(width: size.width, height: size.height)
        // What the new width moves is not meant.
        _ = try await self.page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        let shifts = try await self.page.evaluate("pageCheck.shifts(3000)", within: .seconds(60)).array ?? []
        let moved = shifts.reduce(0) { $0 + ($1["value"].number ?? 0) }
        #expect(moved < 0.001, "\(self.name), \(size.width) px wide: \(shifts.map(\.text))")
    }
}
