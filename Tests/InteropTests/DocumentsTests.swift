import Testing
import TestSupport

extension Interop {
    @Suite("the documents' code")
    struct Documents {
        @Test(
            "what a document says is to be typed does what it says",
            arguments: [
                "README.md", "docs/dashboards.md", "docs/games.md", "docs/load.md", "docs/migrating.md",
                "docs/lesson.md",
            ])
        func tried(file: String) async throws {
            let document = try Document(file)
            for fault in document.faults { Issue.record("\(fault)") }
            try #require(!document.snippets.isEmpty)
            try await SnippetStage.run(document) { stage in
                try await stage.awaitDevices()
                for snippet in document.snippets where !snippet.isForBrowser {
                    guard let output = try await stage.output(of: snippet) else { continue }
                    for expected in snippet.expected {
                        #expect(expected.isIn(output), "\(snippet) has not printed \(expected), but: \(output)")
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
