import Testing
import TestSupport

extension Interop {
    @Suite("the documents' code")
    struct Documents {
        @Test(
            "what a document says is to be typed does what it says",
            arguments: ["dashboards.md", "games.md", "load.md", "migrating.md", "lesson.md"])
        func tried(name: String) async throws {
            let document = try Document(name)
            try #require(!document.snippets.isEmpty)
            try await SnippetStage.run(document) { stage in
                try await stage.awaitDevices()
                let programs = document.snippets.filter { !$0.isForBrowser }
                for snippet in programs {
                    guard let output = try await stage.output(of: snippet) else { continue }
                    for expected in snippet.expected {
                        #expect(output.contains(expected), "\(snippet) has not printed \(expected), but: \(output)")
                    }
                }
                let pages = document.snippets.filter(\.isForBrowser)
                if !pages.isEmpty { try await self.tryInBrowser(pages, on: stage) }
            }
        }

        private func tryInBrowser(_ snippets: [Document.Snippet], on stage: SnippetStage) async throws {
            let server = try await PageServer(folder: "Tests/Interop")
            try await withBrowser { browser in
                let page = try await browser.openPage()
                for snippet in snippets { try await stage.run(snippet, in: page, at: server.url) }
            }
            await server.stop()
        }
    }
}

extension Document.Snippet {
    fileprivate var isForBrowser: Bool { ["js", "html"].contains(self.language) }
}
