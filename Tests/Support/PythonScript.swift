package import Foundation

/// A script of `Tests/Interop`, run with the Python of `.venv`, which `make test` sets up.
package struct PythonScript: Sendable {
    package struct Outcome: Sendable {
        package let exitCode: Int32
        package let output: String
        package let errors: String
    }

    /// There is no `.venv`.
    package struct NotSetUp: Error, CustomStringConvertible {
        package var description: String { "no .venv here: run scripts/setup test" }
    }

    /// The Python of `.venv`.
    package static var interpreter: URL {
        get throws {
            let python = PackageLayout.file(".venv/bin/python")
            guard FileManager.default.isExecutableFile(atPath: python.path) else { throw NotSetUp() }
            return python
        }
    }

    /// Runs a script to its end. It is killed when it takes longer than `limit`, and `TimedOut` thrown.
    package static func run(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
        within limit: Duration = .seconds(90)
    ) async throws -> Outcome {
        let script = try self.start(name, arguments, environment: environment)
        do {
            let code = try await script.exitCode(within: limit)
            while try await script.lines.next() != nil {}
            return Outcome(exitCode: code, output: script.standardOutput, errors: script.standardError)
        } catch {
            try? await script.kill()
            throw error
        }
    }

    /// Starts a script whose output is to be read as it comes. Whoever starts it stops it.
    package static func start(
        _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let script = PackageLayout.file("Tests/Interop/\(name)")
        return try ChildProcess(
            self.interpreter, ["-u", "-B", script.path] + arguments, environment: environment)
    }
}
