import TestSupport

extension Interop.Pages {
    /// For what takes a moment, also on a machine that has other work.
    static let patience = Duration.seconds(60)

    /// The element with this id, in JavaScript.
    static func element(_ id: String) -> String { "document.getElementById('\(id)')" }
}

extension BrowserPage {
    /// Waits until a JavaScript expression is true, also on a machine that has other work.
    func eventually(_ expression: String) async throws {
        try await self.wait(until: expression, within: Interop.Pages.patience)
    }

    /// What the element with this id says.
    func text(_ id: String) async throws -> String {
        try await self.evaluate("\(Interop.Pages.element(id)).textContent").string ?? ""
    }

    func isHidden(_ id: String) async throws -> Bool {
        try await self.evaluate("\(Interop.Pages.element(id)).hidden") == true
    }

    /// Clicks on what a selector finds.
    func click(_ selector: String) async throws {
        _ = try await self.evaluate("document.querySelector('\(selector)').click()")
    }

    /// Puts a text into a field as somebody does who types it, and goes on to the next one.
    func fill(_ id: String, _ text: String) async throws {
        let field = Interop.Pages.element(id)
        _ = try await self.evaluate("\(field).focus(), \(field).select()")
        try await self.type(text)
        _ = try await self.evaluate("\(field).blur()")
    }
}
