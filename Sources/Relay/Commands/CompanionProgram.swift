import Foundation

/// Programs that go on beside the relay for as long as it serves.
enum CompanionProgram {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where a program is that comes with the relay.
    static func path(of name: String) throws -> String {
        guard let path = Executables.beside(name) else {
            throw Failure(
                description: "\(name) is not beside this program; build it: swift build --product \(name)")
        }
        return path
    }

    /// Runs a program once for each of these lists of arguments, all at once, until the task is cancelled; not at all for
    /// none.
    /// - Throws: when one of them ends by itself. None is left then.
    static func run(_ path: String, once lists: [[String]]) async throws {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let programs = try lists.map { try ChildProgram(path, $0) }
        do {
            try await withThrowingTaskGroup { group in
                for program in programs { group.addTask { try await Self.end(of: program, named: name) } }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await Self.stop(programs)
            throw error
        }
        await Self.stop(programs)
    }

    /// Waits until the task is cancelled.
    /// - Throws: when the program ends by itself.
    static func end(of program: ChildProgram, named name: String) async throws {
        for await code in program.exits {
            throw Failure(description: "\(name) ended by itself, with exit code \(code)")
        }
    }

    private static func stop(_ programs: [ChildProgram]) async {
        await withTaskGroup { group in
            for program in programs { group.addTask { await program.stop() } }
        }
    }
}
