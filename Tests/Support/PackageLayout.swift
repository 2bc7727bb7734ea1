package import Foundation

/// Where things lie that the tests use: this package's files, and the programs built with the tests.
package enum PackageLayout {
    /// The folder of `Package.swift`.
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the running test bundle, where the built programs lie too.
    package static let products: URL = {
        let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: running ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    /// A file of this package, by its path from the root.
    package static func file(_ path: String) -> URL { self.root.appendingPathComponent(path) }

    /// A built program, by the name of its product.
    package static func program(_ name: String) -> URL { self.products.appendingPathComponent(name) }
}

/// A folder for one test's files, below the build folder, removed by `remove()`.
///
/// Not in `/tmp`: a sandboxed browser sees only its user's home.
package struct ScratchFolder: Sendable {
    package let url: URL

    package init() throws {
        self.url = PackageLayout.products.appendingPathComponent("scratch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.url, withIntermediateDirectories: true)
    }

    /// Writes a text file into the folder and returns where.
    package func write(_ text: String, to name: String) throws -> URL {
        let file = self.url.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file
    }

    package func remove() { try? FileManager.default.removeItem(at: self.url) }
}
