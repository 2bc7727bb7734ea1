import Simulator
import MQTT
import Settings

/// A run from the first connection to the report.
///
///     viewers subscribe ─► devices come online and send ─► time is up, or a signal ─► the last messages arrive ─► report
struct Simulation {
    private let settings: DeviceSimConfiguration

    init(_ settings: DeviceSimConfiguration) {
        self.settings = settings
    }

    /// - Parameter stop: what ends it before its time.
    /// - Throws: what makes a run impossible, such as an address that is none. What goes wrong on the way is in the report.
    func run(until stop: StopRequest) async throws -> Report {
        DescriptorLimit.raise()
        let clock = RunClock()
        let (plan, outages) = (StagePlan(self.settings), Outages())
        let log = plan.hasFaults ? PublicationLog(devices: Roster(self.settings).count) : nil
        let audience =
            try self.settings.viewers.count > 0
            ? Audience(self.settings, plan: plan, clock: clock, log: log, outages: outages) : nil
        let progress = RunProgress(isQuiet: self.settings.run.isQuiet)
        if let audience { await self.seat(audience, stop, progress) }

        let began = clock.beginningNow()
        let loop = try MQTTLoop(name: "devices")
        let fleet: Fleet
        do {
            fleet = try Fleet(self.settings, plan: plan, clock: began, log: log, outages: outages, on: loop)
        } catch {
            await loop.stop()
            throw error
        }
        await fleet.start()
        await audience?.openToLate()
        // Beside the run, since a busy audience answers late.
        let ticker = Self.everySecond {
            await progress.show(fleet, audience)
            await audience?.sampleStaleness()
        }
        let longest = self.settings.length.map { $0 + self.settings.run.barrier + Self.catchUp }
        await stop.wait(atMost: longest, until: { await fleet.isOver })
        ticker.cancel()
        let seconds = await fleet.stopSending()
        let published = await fleet.published()
        let viewers = await self.figures(of: audience, published, seconds: seconds)
        await fleet.leave()
        await progress.end()
        if let audience { await progress.tellTroubles(of: audience) }
        let stages = await StageFigures.all(plan, fleet.stageCounts, viewers?.tally)
        return Report(
            seed: self.settings.run.seed, started: began.began, devices: await fleet.figures(),
            viewers: viewers?.figures,
            stages: self.settings.stages.isEmpty ? nil : stages, failures: await fleet.failures,
            thresholds: self.settings.thresholds)
    }

    /// How long after the end of the run messages that are late may still be sent.
    private static let catchUp = Duration.seconds(10)

    /// Lets the viewers in before there is anything to see, for a minute at most.
    private func seat(_ audience: Audience, _ stop: StopRequest, _ progress: RunProgress) async {
        let ticker = Self.everySecond { await progress.tellTroubles(of: audience) }
        await audience.open()
        await stop.wait(atMost: .seconds(60), until: { await audience.isSeated })
        ticker.cancel()
    }

    private static func everySecond(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        return Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil { await body() }
        }
    }

    /// Gives the last messages the time they need, and takes stock.
    private func figures(
        of audience: Audience?, _ published: Published, seconds: Double
    ) async -> (figures: ViewerFigures, tally: Tally)? {
        guard let audience else { return nil }
        await audience.hurry()
        await self.wait(atMost: self.settings.run.drain) { await audience.isComplete(published) }
        // What is still on its way is one too many, and comes at once.
        try? await Task.sleep(for: min(.milliseconds(100), self.settings.run.drain))
        let figures = await audience.figures(of: published, seconds: seconds)
        await audience.close()
        await self.wait(atMost: .seconds(5)) { await audience.isClosed }
        return figures
    }

    private func wait(atMost limit: Duration, until condition: () async -> Bool) async {
        let end = ContinuousClock.now + limit
        while await !condition(), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(20)) }
    }
}
