import NIOCore
import SocketIO

/// `{"players": [[seat, x, y, score, flags], …], "coins": [[id, x, y], …]}`; a difference holds only what has changed, and
/// has a member `"left": [seat, …]` when somebody has left.
extension ArenaUpdate {
    /// Written as text at once: a value for each number would cost more than all else in a tick.
    var json: JSON {
        var text = ByteBuffer()
        text.reserveCapacity(40 + self.players.count * 30 + self.coins.count * 18)
        text.writeStaticString(#"{"players":"#)
        text.writeList(of: self.players) { text, player in
            text.writeNumbers([
                Int(player.seat.rawValue), Int(player.x), Int(player.y), Int(player.score), Int(player.flags.rawValue),
            ])
        }
        text.writeStaticString(#","coins":"#)
        text.writeList(of: self.coins) { text, coin in text.writeNumbers([Int(coin.id), Int(coin.x), Int(coin.y)]) }
        if !self.left.isEmpty {
            text.writeStaticString(#","left":"#)
            text.writeNumbers(self.left.map { Int($0.rawValue) })
        }
        text.writeStaticString("}")
        return JSON(unchecked: text)
    }

    init(json: JSON) throws(Unreadable) {
        guard let players = json["players"]?.elements, let coins = json["coins"]?.elements else { throw .notAnUpdate }
        self.init(players: [], coins: [], left: [])
        for player in players { self.players.append(try ArenaView.Player(json: player)) }
        for coin in coins { self.coins.append(try ArenaView.Coin(json: coin)) }
        guard let left = json["left"] else { return }
        self.left = try left.numbers().map { (number) throws(Unreadable) in Seat(rawValue: try number.narrowed()) }
    }
}

extension ArenaView.Player {
    fileprivate init(json: JSON) throws(ArenaUpdate.Unreadable) {
        let fields = try json.numbers()
        guard fields.count == 5 else { throw .notAnUpdate }
        self.init(
            seat: Seat(rawValue: try fields[0].narrowed()), x: try fields[1].narrowed(), y: try fields[2].narrowed(),
            score: try fields[3].narrowed(), flags: .init(rawValue: try fields[4].narrowed()))
    }
}

extension ArenaView.Coin {
    fileprivate init(json: JSON) throws(ArenaUpdate.Unreadable) {
        let fields = try json.numbers()
        guard fields.count == 3 else { throw .notAnUpdate }
        self.init(id: try fields[0].narrowed(), x: try fields[1].narrowed(), y: try fields[2].narrowed())
    }
}

extension ByteBuffer {
    fileprivate mutating func writeList<Element>(of elements: [Element], _ write: (inout ByteBuffer, Element) -> Void) {
        self.writeStaticString("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { self.writeStaticString(",") }
            write(&self, element)
        }
        self.writeStaticString("]")
    }

    fileprivate mutating func writeNumbers(_ numbers: [Int]) {
        self.writeList(of: numbers) { text, number in text.writeString(String(number)) }
    }
}

extension JSON {
    fileprivate func numbers() throws(ArenaUpdate.Unreadable) -> [Int] {
        guard let elements = self.elements else { throw .notAnUpdate }
        let numbers = elements.compactMap(\.int)
        guard numbers.count == elements.count else { throw .notAnUpdate }
        return numbers
    }
}

extension Int {
    fileprivate func narrowed<Narrow: FixedWidthInteger>() throws(ArenaUpdate.Unreadable) -> Narrow {
        guard let narrow = Narrow(exactly: self) else { throw .notAnUpdate }
        return narrow
    }
}
