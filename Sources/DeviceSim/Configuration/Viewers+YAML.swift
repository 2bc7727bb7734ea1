import Settings
import Simulator

extension DeviceSimConfiguration.Viewers {
    static let keys = ["count", "url", "path", "namespace", "follow", "maxHz", "slow", "stalled", "late"]

    mutating func read(_ section: Section) {
        self.count = section.integer("count", in: Self.counts) ?? self.count
        let url = section.made("url", "an address such as http://host:3000", by: DeviceSimConfiguration.MQTT.address)
        self.url = url ?? self.url
        self.path = section.rooted("path", "a path") ?? self.path
        self.namespace = section.rooted("namespace", "a name") ?? self.namespace
        if section.says("follow", "all") {
            self.follow = nil
        } else if let follow = section.integer("follow", in: DeviceSimConfiguration.Devices.counts) {
            self.follow = follow > 0 ? follow : nil
        }
        self.readRates(section)
        self.readManners(section)
    }

    /// One rate for all, or a list of them.
    private mutating func readRates(_ section: Section) {
        guard section.isList("maxHz") else {
            if let rate = section.number("maxHz", in: 0...1000) { self.maxHz = [rate] }
            return
        }
        let rates = section.texts("maxHz", of: "rates")?.map {
            Double($0).flatMap { (0...1000).contains($0) ? $0 : nil }
        }
        if let rates, rates.contains(nil) { section.note("maxHz", "expected numbers from 0 to 1000") }
        if let rates = rates?.compactMap(\.self), !rates.isEmpty { self.maxHz = rates }
    }

    private mutating func readManners(_ section: Section) {
        if let slow = section.section("slow", keys: ["part", "bytesPerSecond"]) {
            self.slow = slow.part ?? self.slow
            self.slowBytes = slow.bytes("bytesPerSecond", in: 100...1_000_000_000) ?? self.slowBytes
        }
        if let stalled = section.section("stalled", keys: ["part", "for", "every"]) {
            self.stalled = stalled.part ?? self.stalled
            self.stallFor = stalled.duration("for", in: .anyTime) ?? self.stallFor
            self.stallEvery = stalled.duration("every", in: .anyTime) ?? self.stallEvery
            if self.stallFor >= self.stallEvery { stalled.note("for", "expected less than \(stalled.path).every") }
        }
        if let late = section.section("late", keys: ["part", "after", "ramp"]) {
            self.late = late.part ?? self.late
            self.lateAfter = late.duration("after", in: .anyTime) ?? self.lateAfter
            self.lateRamp = late.duration("ramp", in: .anyTime) ?? self.lateRamp
        }
        if self.slow + self.stalled > 1 { section.note("slow", "expected at most 1 together with stalled") }
    }

    static let counts = 0...100_000
}

extension Section {
    /// `part`: 0 to 1.
    var part: Double? {
        return self.number("part", in: 0...1)
    }
}
