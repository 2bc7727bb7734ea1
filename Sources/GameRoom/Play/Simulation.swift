import NIOCore
import NIOPosix
import Settings
import Simulator
import SocketIOClient

/// A run from the first connection to the report.
///
///     rooms open ─► players come in, play round after round ─► time is up, or a signal ─► the last events arrive
///       ─► everybody leaves, the rooms must go ─► report
struct Simulation {
    private let settings: GameRoomConfiguration
    private let casting: Casting

    /// - Parameter replay: nil: players play by the brains of the settings.
    init(_ settings: GameRoomConfiguration, replaying replay: Casting.Replay? = nil) {
        self.settings = settings
        self.casting = Casting(settings, replaying: replay)
    }

    /// Loops that players are spread over at most: one process is to leave cores to others.
    private static let maximumShards = 8

    /// - Throws: what makes a run impossible, such as an address that is none. What goes wrong on the way is in the report.
    func run() async throws -> Report {
        let client = try self.client()
        let sessions = try self.settings.mix.contains(.mqtt) ? BrokerSessions(self.settings.mqtt) : nil
        DescriptorLimit.raise()
        let stop = await StopRequest()
        let clock = RunClock()
        let load = Load()
        let shards = self.makeShards(client, sessions)
        for (index, shard) in shards.enumerated() {
            let tables = stride(from: index, to: self.settings.rooms.count, by: shards.count)
            await shard.open(Array(tables), clock: clock)
        }
        let progress = RunProgress(shards, isQuiet: self.settings.run.isQuiet)
        let ticker = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil { await progress.show() }
        }
        await stop.wait(
            atMost: self.settings.run.duration,
            until: { self.casting.isReplay ? await Self.haveMadeEveryMove(shards) : false })
        let seconds = Double(clock.elapsed) / 1_000_000
        let cores = load.cores
        ticker.cancel()
        await self.finish(shards)
        await progress.end()
        let report = await self.report(shards, clock, seconds: seconds, cores: cores)
        await sessions?.stop()
        return report
    }

    private func client() throws(ImpossibleSetting) -> ClientConfiguration {
        do throws(ClientError) {
            var client = try ClientConfiguration(url: self.settings.relay.url)
            client.path = self.settings.relay.path
            client.namespace = self.settings.relay.namespace
            return client
        } catch {
            throw ImpossibleSetting(name: "relay.url (--url)", problem: "\(error)")
        }
    }

    private func makeShards(_ client: ClientConfiguration, _ sessions: BrokerSessions?) -> [Shard] {
        let loops = Array(MultiThreadedEventLoopGroup.singleton.makeIterator())
        let count = min(loops.count, Self.maximumShards, self.settings.rooms.count)
        return loops.prefix(count).map { Shard(self.casting, self.settings, client, sessions, on: $0) }
    }

    /// Gives the last events the time they need, and sees the rooms go.
    private func finish(_ shards: [Shard]) async {
        for shard in shards { await shard.stopActing() }
        await self.drain(shards)
        // What is still on its way is one too many, and comes at once.
        try? await Task.sleep(for: .milliseconds(100))
        // Games go on without players' moves: what has been seen by now is what everybody has to see.
        for shard in shards { await shard.takeStock() }
        await self.drain(shards)
        await withTaskGroup { group in
            for shard in shards { group.addTask { await shard.close() } }
        }
    }

    /// Whether the recording has been played to its end in every room.
    private static func haveMadeEveryMove(_ shards: [Shard]) async -> Bool {
        for shard in shards where await shard.unplayed > 0 { return false }
        return true
    }

    private func drain(_ shards: [Shard]) async {
        let end = ContinuousClock.now + self.settings.run.drain
        while ContinuousClock.now < end, await !Self.areUpToDate(shards) {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func areUpToDate(_ shards: [Shard]) async -> Bool {
        for shard in shards where await !shard.isUpToDate { return false }
        return true
    }

    private func report(_ shards: [Shard], _ clock: RunClock, seconds: Double, cores: Double) async -> Report {
        var tally = Tally()
        var findings: [Finding] = []
        var violations: UInt64 = 0
        for shard in shards {
            let result = await shard.result()
            tally.add(result.tally)
            findings += result.findings
            violations += result.violations
        }
        let figures = RunFigures(
            self.settings, tally, violations: violations, seconds: seconds, cores: (cores, System.coreCount))
        return Report(self.settings, started: clock.began, figures: figures, findings: findings)
    }
}

/// A setting that looks right until it is used.
struct ImpossibleSetting: Error, CustomStringConvertible {
    let name: String
    let problem: String

    var description: String { "\(self.name): \(self.problem)" }
}
