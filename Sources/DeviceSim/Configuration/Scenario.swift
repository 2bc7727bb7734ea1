import Settings

/// The runs that come with the program: the files of `configs/scenarios`, within it, so that they work from anywhere.
enum Scenario {
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("calm", PackageResources.calm_yaml),
        ("storm", PackageResources.storm_yaml),
        ("rush-hour", PackageResources.rush_hour_yaml),
        ("flaky-radio", PackageResources.flaky_radio_yaml),
        ("late-joiner", PackageResources.late_joiner_yaml),
    ]

    static let names = Self.files.map(\.name)

    /// The text of one; nil if there is none of that name.
    static func yaml(named name: String) -> String? {
        return Self.files.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}

extension DeviceSimConfiguration {
    /// Reads a scenario over what is there: one that comes with the program, by its name, or a file.
    mutating func read(scenario: String) throws {
        if let yaml = Scenario.yaml(named: scenario) {
            try self.read(yaml: yaml, source: "scenario \(scenario)")
        } else if scenario.contains("/") || scenario.hasSuffix(".yaml") || scenario.hasSuffix(".yml") {
            try self.read(file: scenario)
        } else {
            throw ImpossibleSetting(
                name: "--scenario",
                problem: "there is none named \(scenario); there are \(Scenario.names.joined(separator: ", "))")
        }
    }
}
