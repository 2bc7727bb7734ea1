import ArgumentParser
import Foundation
import Simulator

/// `device-sim find`: the highest rate that a relay keeps up with.
struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find the highest rate at which the relay still keeps a latency.",
        discussion: """
            Runs the same devices and viewers at one total rate after the other, doubling until one fails, then bisecting. A \
            step passes when, after its warm-up, the latency of 99 in 100 messages is at most --max-p99, nothing is lost, \
            doubled or out of order, and the devices themselves were on time. Every step begins with new connections.

            The exit code is 0 when some rate passed.

            Example:
              device-sim find --devices 100 --viewers 50 --max-p99 50ms
            """)

    @OptionGroup var options: Options

    @Option(
        help: ArgumentHelp("The first total rate, messages per second; as --rate has it by default.", valueName: "hz"),
        transform: { try OptionValue.number($0, in: 1...10_000_000) })
    var start: Double?

    @Option(
        help: ArgumentHelp("How exact the answer is to be, in parts of it.", valueName: "part"),
        transform: { try OptionValue.number($0, in: 0.01...0.5) })
    var precision: Double = 0.1

    @Option(
        help: ArgumentHelp("What passes at each rate before it is judged.", valueName: "time"), transform: Parse.time)
    var warmUp: Duration = .seconds(3)

    @Option(help: ArgumentHelp("How long each rate is judged.", valueName: "time"), transform: Parse.time)
    var measure: Duration = .seconds(10)

    func validate() throws {
        guard self.measure > .zero else { throw ValidationError("--measure takes time") }
    }

    func run() async throws {
        var settings = try self.options.settings(environment: ProcessInfo.processInfo.environment)
        if settings.viewers.count == 0 { settings.viewers.count = 1 }
        let limit = settings.thresholds.maxP99 ?? .milliseconds(50)
        let step = RateStep(settings, warmUp: self.warmUp, measure: self.measure, limit: limit)
        guard step.usualRate > 0 else { throw ValidationError("there are no devices, or they send nothing") }
        let stop = await StopRequest()
        var search = RateSearch(start: self.start ?? step.usualRate, precision: self.precision, limit: step.highestRate)
        var report = FindReport(step, limit: limit)
        while let rate = search.next {
            let result = try await step.run(at: rate, until: stop)
            if stop.isRequested { break }
            search.tried(rate, passed: result.passed)
            report.steps.append(result)
            if settings.run.report != "-" { print(result) }
        }
        report.rate = search.passed
        report.isComplete = search.next == nil
        try report.publish(to: settings.run.report)
        if !report.passed { throw ExitCode.failure }
    }
}
