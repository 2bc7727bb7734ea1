import Foundation
import TestSupport
import Testing

extension Interop.Pages {
    @Suite("pages of a relay whose Socket.IO is elsewhere")
    struct Path {
        @Test("each page finds it, and so do the programs")
        func elsewhere() async throws {
            let demo = try String(contentsOf: PackageLayout.file("configs/demo.yaml"), encoding: .utf8)
            let elsewhere = demo.replacing("\nserver:\n", with: "\nserver:\n  path: /relay/socket.io/\n")
            #expect(elsewhere != demo)
            try await withPages(.text(elsewhere)) { setting in
                for page in ["", "play", "chat", "relay"] {
                    try await setting.page.open("\(setting.relay.url)/\(page)")
                    try await setting.wait(until: "document.querySelector('#connection')?.dataset.state === 'live'")
                }
                setting.expectNoErrors()
                let path = ["--path", "/relay/socket.io"]
                let watch = try ChildProcess(
                    PackageLayout.program("relay"),
                    ["watch", setting.relay.url, "devices/+/telemetry", "--count", "1"] + path)
                #expect(try await watch.exitCode(within: .seconds(60)) == 0)
                for (program, arguments) in [
                    ("device-sim", ["--mqtt", setting.broker.url, "--id", "path-", "--viewers", "1"]),
                    ("game-room", ["--rooms", "1"]),
                ] {
                    let run = try ChildProcess(
                        PackageLayout.program(program),
                        ["--url", setting.relay.url, "--duration", "1s"] + arguments + path)
                    #expect(try await run.exitCode(within: .seconds(60)) == 0, "\(run.standardError)")
                }
            }
        }
    }
}
