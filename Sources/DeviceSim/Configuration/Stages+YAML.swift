import Settings
import Simulator

extension DeviceSimConfiguration {
    static let groupLimit = 50
    static let stageLimit = 100

    /// Reads `name: {…}` for each group; what a group does not say is as under `devices`.
    mutating func readGroups(_ section: Section, directory: String) {
        self.groups = section.entries.compactMap { entry in
            guard let keys = section.section(entry.key, keys: Devices.keys) else { return nil }
            var devices = self.devices
            devices.naming.id = "\(entry.key)-"
            do throws(PatternError) { _ = try Naming.id(entry.key) } catch { section.note(entry.key, "\(error)") }
            devices.read(keys, directory: directory)
            return Group(name: entry.key, devices: devices)
        }
        guard self.groups.count <= Self.groupLimit else {
            return section.problems.note(line: section.line, "groups: expected at most \(Self.groupLimit)")
        }
        for (index, group) in self.groups.enumerated() {
            let twin = self.groups[..<index].first { $0.devices.naming.overlaps(group.devices.naming) }
            if let twin { section.note(group.name, "has the same prefix and id as \(twin.name)") }
        }
    }

    mutating func readStages(_ items: [Section.Item], of top: Section) {
        if items.count > Self.stageLimit { top.note("stages", "expected at most \(Self.stageLimit)") }
        self.stages = items.enumerated().compactMap { index, item in
            let section = Section(item.node, path: item.place, keys: Stage.keys, problems: top.problems)
            return section.map { Stage($0, number: index + 1, base: self) }
        }
    }
}

extension DeviceSimConfiguration.Stage {
    fileprivate static let keys = ["name", "duration", "rate", "ramp", "faults", "churn", "groups"]

    /// Faults and churn of a stage begin with those of the whole run.
    fileprivate init(_ section: Section, number: Int, base: DeviceSimConfiguration) {
        self.init(name: section.text("name", "a name") ?? "stage \(number)")
        self.duration = section.duration("duration", in: .milliseconds(1)...(.seconds(1_000_000))) ?? self.duration
        if !section.has("duration") { section.note("duration", "expected how long the stage takes") }
        self.rate = section.number("rate", in: 0...1000) ?? self.rate
        self.ramp = section.duration("ramp", in: .anyTime) ?? self.ramp
        if self.ramp > self.duration { section.note("ramp", "expected at most \(section.path).duration") }
        if let faults = section.section("faults", keys: Faults.keys) {
            self.faults = base.faults
            self.faults?.read(faults)
        }
        if let churn = section.section("churn", keys: Churn.keys) {
            self.churn = base.churn
            self.churn?.read(churn)
        }
        self.groups = section.texts("groups", of: "names")
        for name in self.groups ?? [] where !base.fleet.contains(where: { $0.name == name }) {
            section.note("groups", "there is no group \"\(name)\"")
        }
    }
}

extension Faults {
    static let keys = ["drop", "duplicate", "reorder", "delay", "corrupt", "oversize", "silence", "flood", "skew"]

    /// A part alone, or with what belongs to it: `drop: 0.01`, `delay: {part: 0.01, by: 500ms}`.
    mutating func read(_ section: Section) {
        self.drop = section.number("drop", in: 0...1) ?? self.drop
        self.duplicate = section.number("duplicate", in: 0...1) ?? self.duplicate
        self.reorder = section.number("reorder", in: 0...1) ?? self.reorder
        self.corrupt = section.number("corrupt", in: 0...1) ?? self.corrupt
        section.readPart("delay", and: "by", into: &self.delay) {
            self.delayBy = $0.duration("by", in: Self.times) ?? self.delayBy
        }
        section.readPart("oversize", and: "bytes", into: &self.oversize) {
            self.oversizeBytes = $0.bytes("bytes", in: 100...Self.largest) ?? self.oversizeBytes
        }
        section.readPart("silence", and: "for", into: &self.silence) {
            self.silenceFor = $0.duration("for", in: Self.times) ?? self.silenceFor
        }
        section.readPart("flood", and: "messages", into: &self.flood) {
            self.floodMessages = $0.integer("messages", in: 1...10_000) ?? self.floodMessages
        }
        self.skew = section.duration("skew", in: .zero...(.seconds(86_400))) ?? self.skew
        if self.sum > 1 {
            section.problems.note(line: section.line, "\(section.path): expected parts of at most 1 together")
        }
    }

    private static let times = Duration.zero...(.seconds(3600))
    static let largest = 16_000_000
}

extension Churn {
    static let keys = ["clean", "abrupt", "takeover", "away", "flapping", "storm"]

    mutating func read(_ section: Section) {
        self.clean = section.number("clean", in: Self.rates) ?? self.clean
        self.abrupt = section.number("abrupt", in: Self.rates) ?? self.abrupt
        self.takeover = section.number("takeover", in: Self.rates) ?? self.takeover
        self.away = section.duration("away", in: .anyTime) ?? self.away
        section.readPart("flapping", and: "every", into: &self.flapping) {
            self.flapEvery = $0.duration("every", in: .milliseconds(100)...(.seconds(86_400))) ?? self.flapEvery
        }
        section.readPart("storm", and: "after", into: &self.storm) {
            self.stormAfter = $0.duration("after", in: .anyTime) ?? self.stormAfter
        }
    }

    private static let rates = 0.0...600
}

extension Section {
    /// Reads `key: 0.1`, or `key: {part: 0.1, detail: …}`.
    fileprivate func readPart(_ key: String, and detail: String, into part: inout Double, _ read: (Section) -> Void) {
        guard self.isMapping(key) else {
            part = self.number(key, in: 0...1) ?? part
            return
        }
        guard let section = self.section(key, keys: ["part", detail]) else { return }
        part = section.part ?? part
        read(section)
    }
}
