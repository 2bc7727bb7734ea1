import Foundation

/// The desktop that the program was started from, where there is one.
enum Desktop {
    /// Shows a page in the user's browser; does nothing where there is no desktop, or nobody at a terminal.
    ///
    /// In a session of its own: what ends the relay must not end the browser.
    static func open(_ url: String) {
        let environment = ProcessInfo.processInfo.environment
        let hasDesktop = ["DISPLAY", "WAYLAND_DISPLAY"].contains { environment[$0]?.isEmpty == false }
        guard hasDesktop, isatty(STDERR_FILENO) == 1, let setsid = Executables.find("setsid"),
            let opener = Executables.find("xdg-open")
        else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: setsid)
        process.arguments = ["--fork", opener, url]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try? process.run()
    }
}
