import MQTT
import TestSupport
import Testing

@testable import Relay

@Suite("Devices bound to rooms")
struct GameDevicesTests {
    private static let configuration = [
        "bind:",
        "  - from: devices/{id}/column",
        "    room: board-1",
        "    game: connect4",
        "    pid: dev:{id}",
        "    kind: drop",
        "    map: { col: $.press.column }",
        "    rate: 20",
        "emit:",
        "  - { room: board-1, on: end, to: \"devices/{winner.name}/led\", payload: { on: true, ms: 3000 } }",
        "  - { room: board-1, to: \"devices/{rid}/result\" }",
    ]

    @Test("two devices play connect4 by pressing, and the winner's light goes on")
    func wholeGame() async throws {
        try await withGamesOnBroker(Self.configuration) { setting in
            let devices = try await setting.brokerClient("devices")
            func press(_ device: String, _ column: Int) async throws {
                try await devices.publish("devices/\(device)/column", #"{"press":{"column":\#(column)}}"#)
            }
            // Not what the map wants: nothing comes of it.
            try await devices.publish("devices/left/column", #"{"column":3}"#)
            try await devices.publish("devices/left/column", "pressed")
            // The first press takes a seat and says ready.
            try await press("left", 0)
            var room = ""
            try await eventually("a room") {
                room =
                    setting.observer.everything.first { $0.topic.hasSuffix("/presence/0") }
                    .map { String($0.topic.split(separator: "/")[1]) } ?? ""
                return !room.isEmpty
            }
            try await setting.observer.event(6, seat: 0, in: room)
            try await press("right", 1)
            try await setting.observer.event(6, seat: 1, in: room)
            try await eventually("a round", within: .seconds(30)) {
                setting.observer.log(of: room).contains { $0[1].int == 7 && $0[4]["to"] == "live" }
            }
            for turn in 1...4 {
                try await press("left", 0)
                try await setting.observer.event(33, seat: 0, number: turn, in: room)
                guard turn < 4 else { break }
                // Out of turn: refused, and uses no number up.
                try await press("left", 0)
                try await press("right", 1)
                try await setting.observer.event(33, seat: 1, number: turn, in: room)
            }
            #expect(try await setting.observer.first(on: "devices/left/led") == ["on": true, "ms": 3000])
            #expect(try await setting.observer.first(on: "devices/\(room)/result")["winner"] == 0)
            #expect(setting.observer.messages(on: "devices/right/led").isEmpty)
            let info = try await setting.retained("game/\(room)/info")
            #expect(info?["name"] == "board-1")
            #expect(info?["players"].array?.map { $0["pid"] } == ["dev:left", "dev:right"])
            await devices.stop()
        }
    }

    @Test("no socket can take the name of a device")
    func reservedNames() async throws {
        try await withGamesOnBroker { setting in
            for pid in ["dev:left", "mqtt:left"] {
                let wire = try await SocketWire(.socketIO(setting.relay))
                try await wire.send("0/game,{\"pid\":\"\(pid)\",\"key\":\"0123456789abcdef\"}")
                let packet = try await wire.packet()
                #expect(packet?.type == "4" && packet?.json["data"]["code"] == "AUTH")
                await wire.drop()
            }
        }
    }
}
