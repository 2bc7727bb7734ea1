import Simulator

/// All devices of a run, numbered through from 0, group by group.
struct Roster: Sendable {
    struct Group: Sendable {
        let name: String
        let devices: DeviceSimConfiguration.Devices
        let members: Range<Int>
    }

    let groups: [Group]
    let count: Int
    /// The kinds of messages that any of them sends.
    let kinds: [MessageKind]

    init(_ settings: DeviceSimConfiguration) {
        self.init(settings.fleet)
    }

    init(_ fleet: [DeviceSimConfiguration.Group]) {
        var count = 0
        self.groups = fleet.map { group in
            defer { count += group.devices.count }
            return Group(name: group.name, devices: group.devices, members: count..<(count + group.devices.count))
        }
        self.count = count
        self.kinds = MessageKind.allCases.filter { kind in
            fleet.contains { $0.devices.profile.kinds.contains(kind) }
        }
    }

    /// The place in `groups` of a device's group.
    func group(of device: Int) -> Int {
        return self.groups.firstIndex { $0.members.contains(device) } ?? 0
    }

    /// The name of a device.
    func id(of device: Int) -> String {
        let group = self.groups[self.group(of: device)]
        return group.devices.naming.id(of: device - group.members.lowerBound)
    }

    func topic(_ leaf: String, of device: Int) -> String {
        let group = self.groups[self.group(of: device)]
        return group.devices.naming.topic(leaf, of: device - group.members.lowerBound)
    }
}
