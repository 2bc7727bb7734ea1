import Settings
import ArgumentParser

/// `relay check`: is this configuration one to start with, and what would it do?
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a configuration and say what each rule does.",
        discussion: """
            Nothing is started, and neither flags nor environment count. Every problem is a line FILE:LINE: MESSAGE on \
            standard error; the exit code is then 1.
            """)

    @Argument(help: ArgumentHelp("The configuration, a YAML file.", valueName: "file"))
    var file: String

    func run() throws {
        let configuration = try orExit { () throws(ConfigurationError) in try RelayConfiguration.load(file: file) }
        print("\(file): no problems\n\n\(configuration.explanation)")
    }
}
