/// The log of a room as one client was told it.
package struct GameLog {
    package struct Event: Equatable {
        package let number: Int
        package let kind: Int
        package let seat: Int
        /// The number of the move.
        package let moveNumber: Int
        package let data: JSONValue
        /// What the data's placeholder stands for.
        package let bytes: [UInt8]?
    }

    /// The frames do not follow one another.
    package struct Gap: Error, CustomStringConvertible {
        package let expected: Int
        package let found: Int
        package var description: String { "event \(self.expected) was to come, \(self.found) came" }
    }

    package private(set) var events: [Event] = []
    package private(set) var ticks: [Int] = []
    /// Events of each frame.
    package private(set) var frameSizes: [Int] = []

    /// - Parameters:
    ///   - number: what the client knew before.
    ///   - skipping: whether numbers may be missing, as they are for the sender without echo.
    package init(_ packets: [GamePlayer.Packet], reference: JSONValue, after number: Int, skipping: Bool = false) throws
    {
        var expected = number + 1
        for packet in packets where packet.event == "tick" && packet.json[1][0] == reference {
            let frame = packet.json[1]
            self.ticks.append(frame[1].int ?? -1)
            self.frameSizes.append(frame[4].array?.count ?? 0)
            for (index, event) in (frame[4].array ?? []).enumerated() {
                let number = (frame[3].int ?? 0) + index
                if number != expected, !skipping || number < expected { throw Gap(expected: expected, found: number) }
                expected = number + 1
                self.events.append(Event(number, event, packet.attachments))
            }
        }
    }

    package func events(ofKind kind: Int) -> [Event] { self.events.filter { $0.kind == kind } }
}

extension GameLog.Event {
    fileprivate init(_ number: Int, _ event: JSONValue, _ attachments: [[UInt8]]) {
        let place = event[3]["_placeholder"] == true ? event[3]["num"].int : nil
        self.init(
            number: number, kind: event[0].int ?? -1, seat: event[1].int ?? -1, moveNumber: event[2].int ?? -1,
            data: event[3], bytes: place.flatMap { attachments.indices.contains($0) ? attachments[$0] : nil })
    }
}
