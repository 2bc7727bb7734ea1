import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Relay

/// The files of the pages.
@Suite("files of the pages", .timeLimit(.minutes(3)))
struct SiteFilesTests {
    private static let site = PackageLayout.root.appendingPathComponent("Sources/CPages/site")

    @Test("all that is below `site` is part of the program, byte for byte, and called what it is")
    func complete() throws {
        let files = SiteFiles(directory: nil)
        let names = try #require(FileManager.default.enumerator(atPath: Self.site.path)).compactMap { $0 as? String }
        #expect(names.contains("index.html"))
        for name in names where Self.isFile(name) {
            let file = try #require(files.file(named: name), "\(name) has no lines in files.c")
            #expect(try Data(contentsOf: Self.site.appendingPathComponent(name)) == Data(file.body.readableBytesView))
            #expect(file.type != "application/octet-stream", "\(name)")
        }
    }

    private static func isFile(_ name: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: Self.site.path + "/" + name, isDirectory: &isDirectory)
        return exists && !isDirectory.boolValue
    }

    @Test("a directory goes before what is in the program, and nothing outside it or hidden in it is served")
    func directory() throws {
        let directory = try TemporaryDirectory()
        let site = directory.path + "/site"
        try FileManager.default.createDirectory(atPath: site + "/chat", withIntermediateDirectories: true)
        for (name, text) in ["secret": "no", "site/.hidden": "no", "site/chat/a.js": "yes", "site/chat.html": "page"] {
            try text.write(toFile: directory.path + "/" + name, atomically: true, encoding: .utf8)
        }
        let files = SiteFiles(directory: site)
        #expect(files.file(at: "/chat/a.js")?.text == "yes")
        #expect(files.file(at: "/chat")?.text == "page")
        #expect(files.file(at: "/style.css")?.text == SiteFiles(directory: nil).file(at: "/style.css")?.text)
        for path in [
            "/../secret", "/chat/../../secret", "//secret", "/.hidden", "/chat/", "/chat/%2e%2e/x", "", "secret",
        ] {
            #expect(files.file(at: path) == nil, "\(path)")
        }
    }

    @Test("pages run nothing but what the relay serves, and are asked for again in vain while nothing changes")
    func headers() async throws {
        try await withTopics { setting in
            let page = try await setting.get("/")
            #expect(page.status == 200 && page["content-type"] == "text/html; charset=utf-8")
            #expect(page["content-security-policy"]?.hasPrefix("default-src 'self';") == true)
            #expect(page["x-content-type-options"] == "nosniff")
            let tag = try #require(page["etag"])
            #expect(try await setting.get("/", ["If-None-Match": tag]).status == 304)
            #expect(try await setting.get("/Package.swift").status == 404)
            #expect(try await setting.get("/../Package.swift").status == 404)
        }
    }
}

extension Content {
    fileprivate var text: String { String(buffer: self.body) }
}
