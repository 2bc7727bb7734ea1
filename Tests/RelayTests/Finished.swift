import Foundation
import TestSupport

/// What a `relay` that ends by itself leaves behind.
struct Finished {
    let code: Int32
    let output: String
    let errors: String

    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let child = try ChildProcess(PackageLayout.program("relay"), arguments, environment: environment)
        while try await child.lines.next(within: .seconds(30), "a line of relay") != nil {}
        self.code = try await child.exitCode()
        self.output = child.standardOutput
        self.errors = try await eventuallyComplete { child.standardError }
    }
}

/// Standard error is read beside the program's end; what a failing run says there is waited for.
private func eventuallyComplete(_ text: () -> String) async throws -> String {
    let deadline = ContinuousClock.now + .milliseconds(500)
    while text().isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    return text()
}
