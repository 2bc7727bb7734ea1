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
        let files = try SiteFiles(directory: nil)
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
        try FileManager.default.createSymbolicLink(
            atPath: site + "/out.txt", withDestinationPath: directory.path + "/secret")
        let files = try SiteFiles(directory: site)
        #expect(files.file(at: "/chat/a.js")?.text == "yes")
        #expect(files.file(at: "/chat")?.text == "page")
        let builtIn = try SiteFiles(directory: nil)
        #expect(files.file(at: "/style.css")?.text == builtIn.file(at: "/style.css")?.text)
        for path in [
            "/../secret", "/chat/../../secret", "//secret", "/.hidden", "/chat/", "/chat/%2e%2e/x", "", "secret",
            "/out.txt",
        ] {
            #expect(files.file(at: path) == nil, "\(path)")
        }
    }

    @Test("an empty RELAY_PAGES is none, and one that is no directory ends the relay with a word")
    func environment() async throws {
        try await withRelay(.text("server: { threads: 1 }"), environment: ["RELAY_PAGES": ""]) { relay in
            let (outside, page) = (
                try await RawHTTP.get(port: relay.port, "/Package.swift"), try await RawHTTP.get(port: relay.port, "/")
            )
            #expect(outside.status == 404 && page.status == 200)
        }
        for name in ["/no/such/directory", PackageLayout.file("Package.swift").path] {
            let relay = try ChildProcess(
                PackageLayout.program("relay"), ["serve", "--port", "0"], environment: ["RELAY_PAGES": name])
            #expect(try await relay.exitCode(within: .seconds(60)) == 1)
            try await eventually("the reason") { relay.standardError.contains("RELAY_PAGES: \(name) is no directory") }
        }
    }

    @Test("pages of a relay whose Socket.IO is elsewhere have its client from there")
    func path() throws {
        let files = try SiteFiles(directory: nil, path: "/relay/socket.io/")
        for name in ["index.html", "play.html", "chat.html", "relay.html"] {
            let text = try #require(files.file(named: name)?.text)
            #expect(text.contains("\"/relay/socket.io/socket.io.min.js\"") && !text.contains("\"/socket.io/"))
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
            let post = try await RawHTTP(port: setting.relay.port).request("POST", "/nowhere", body: [])
            #expect(post.status == 404)
            #expect(try await RawHTTP(port: setting.relay.port).request("POST", "/play", body: []).status == 405)
        }
    }
}

extension Content {
    fileprivate var text: String { String(buffer: self.body) }
}
