import Game
import MQTT
import NIOCore
import SocketIO

/// The devices that play without knowing it: `bind` of the configuration. On the first loop.
final class BoundDevices {
    private let bindings: [RelayConfiguration.DeviceBinding]
    private let table: ClientTable
    private var devices: [Address: BoundDevice] = [:]

    /// A device may play in more than one room.
    private struct Address: Hashable {
        let binding: Int
        let pid: String
    }

    /// Devices at once; those in no room make place for others.
    private static let capacity = 10_000
    /// Longest `pid`, and name, in bytes.
    private static let maximumName = 64

    init(_ bindings: [RelayConfiguration.DeviceBinding], table: ClientTable) {
        self.bindings = bindings
        self.table = table
    }

    func receive(_ message: MQTTMessage) {
        for (index, binding) in self.bindings.enumerated() {
            guard let captures = binding.from.captures(in: message.topic),
                let data = binding.data(of: message.payload)
            else { continue }
            self.device(index, captures)?.play(data, at: .now())
        }
    }

    private func device(_ index: Int, _ captures: [String: String]) -> BoundDevice? {
        let binding = self.bindings[index]
        let (pid, name) = (binding.pid.text(with: captures), binding.name.text(with: captures))
        guard (1...Self.maximumName).contains(pid.utf8.count), (1...Self.maximumName).contains(name.utf8.count) else {
            return nil
        }
        let address = Address(binding: index, pid: pid)
        if let device = self.devices[address] { return device }
        if self.devices.count >= Self.capacity { self.devices = self.devices.filter { $0.value.isPlaying } }
        guard self.devices.count < Self.capacity else { return nil }
        let device = BoundDevice(Player(id: pid, name: name), binding, table: self.table)
        self.devices[address] = device
        return device
    }
}

extension RelayConfiguration.DeviceBinding {
    /// What a message is as a move; nil: nothing.
    fileprivate func data(of payload: ByteBuffer) -> JSON? {
        guard payload.readableBytes <= GameLimits().moveBytes * 16, let json = try? JSON(validating: payload) else {
            return nil
        }
        return self.map.map { $0.data(from: json) } ?? json
    }
}
