import Testing

@Suite("what a document says of its code")
struct DocumentTests {
    @Test("a block without a word on it, and a misspelt one, are faults")
    func unmarked() {
        let document = Document(
            "d.md",
            text: """
                ```sh
                ls
                ```
                <!-- tied: x -->
                ```sh
                ls
                ```
                <!-- not tried: it takes a day -->
                ```sh
                ls
                ```
                """)
        #expect(document.faults.map { $0.prefix(7) } == ["d.md:1:", "d.md:5:"])
        #expect(document.snippets.isEmpty)
    }

    @Test("a comment on a block that is not there is a fault")
    func stray() {
        let document = Document("d.md", text: "<!-- tried: x -->\n\n```sh\nls\n```\n")
        #expect(document.faults.map { $0.prefix(7) } == ["d.md:1:", "d.md:3:"])
    }

    @Test("what is tried before the configuration comes before the relay")
    func preparations() {
        let document = Document(
            "d.md",
            text: """
                <!-- tried -->
                ```sh
                mkdir x
                ```
                <!-- configuration -->
                ```yaml
                a: b
                ```
                <!-- tried: 1 | 2 … -->
                ```js
                f()
                ```
                """)
        #expect(document.faults.isEmpty)
        #expect(document.preparations.map(\.text) == ["mkdir x\n"])
        #expect(document.configuration == "a: b\n")
        #expect(document.snippets.map(\.expected) == [[ExpectedLine("1"), ExpectedLine("2 …")]])
    }

    @Test(
        "a line is expected whole, but for what … stands for",
        arguments: [
            ("in", "within", false), ("in", "in", true), ("a … c", "a b c", true), ("a …", "a ", true),
            ("… c", "a b d", false), ("a…b…c", "a-c-b-c", true), ("a…b…c", "a-c-c", false), ("aa…a", "aa", false),
        ])
    func expected(line: String, output: String, isFound: Bool) {
        #expect(ExpectedLine(line).isIn("first\n\(output)\r\nlast") == isFound)
    }
}
