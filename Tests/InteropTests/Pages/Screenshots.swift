import Foundation
import TestSupport

/// Where pictures of the pages are kept for whoever wants to look at them: in the directory that `RELAY_SCREENSHOTS` names,
/// else in one below the system's temporary directory.
enum Screenshots {
    private static let directory: URL =
        ProcessInfo.processInfo.environment["RELAY_SCREENSHOTS"].map { URL(fileURLWithPath: $0, isDirectory: true) }
        ?? FileManager.default.temporaryDirectory.appendingPathComponent("relay-screenshots")

    /// Takes a picture of the page as a desktop's or a phone's window shows it.
    static func take(of page: BrowserPage, named name: String, as size: WindowSize = .desktop) async throws {
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        try await page.screenshot(
            to: self.directory.appendingPathComponent("\(name).png"), width: size.width, height: size.height)
    }
}

/// The windows that pages are looked at in, in CSS pixels.
struct WindowSize {
    let width: Int
    let height: Int

    static let desktop = WindowSize(width: 1_280, height: 900)
    static let phone = WindowSize(width: 390, height: 844)
    static let narrow = WindowSize(width: 360, height: 740)
}
