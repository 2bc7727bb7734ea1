import NIOCore

/// ```
/// u8 players   u8 coins   u8 left
/// players ×    u8 seat · u16 x · u16 y · u16 score · u8 flags
/// coins ×      u8 id · u16 x · u16 y
/// left ×       u8 seat
/// ```
/// Little-endian; a difference has the same layout as a whole state.
extension ArenaUpdate {
    private static let playerSize = 8
    private static let coinSize = 5

    var bytes: ByteBuffer {
        let players = self.players.prefix(255)
        let coins = self.coins.prefix(255)
        let left = self.left.prefix(255)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(3 + players.count * Self.playerSize + coins.count * Self.coinSize + left.count)
        for count in [players.count, coins.count, left.count] { bytes.writeInteger(UInt8(clamping: count)) }
        for player in players {
            bytes.writeInteger(player.seat.rawValue)
            for number in [player.x, player.y, player.score] { bytes.writeInteger(number, endianness: .little) }
            bytes.writeInteger(player.flags.rawValue)
        }
        for coin in coins {
            bytes.writeInteger(coin.id)
            for number in [coin.x, coin.y] { bytes.writeInteger(number, endianness: .little) }
        }
        for seat in left { bytes.writeInteger(seat.rawValue) }
        return bytes
    }

    init(bytes: ByteBuffer) throws(Unreadable) {
        var bytes = bytes
        guard let (players, coins, left) = bytes.readMultipleIntegers(as: (UInt8, UInt8, UInt8).self) else {
            throw .truncated
        }
        self.init(players: [], coins: [], left: [])
        for _ in 0..<players { self.players.append(try ArenaView.Player(reading: &bytes)) }
        for _ in 0..<coins { self.coins.append(try ArenaView.Coin(reading: &bytes)) }
        for _ in 0..<left {
            guard let seat = bytes.readInteger(as: UInt8.self) else { throw .truncated }
            self.left.append(Seat(rawValue: seat))
        }
        guard bytes.readableBytes == 0 else { throw .trailingBytes }
    }
}

extension ArenaView.Player {
    fileprivate init(reading bytes: inout ByteBuffer) throws(ArenaUpdate.Unreadable) {
        let fields = bytes.readMultipleIntegers(
            endianness: .little, as: (UInt8, UInt16, UInt16, UInt16, UInt8).self)
        guard let (seat, x, y, score, flags) = fields else { throw .truncated }
        self.init(seat: Seat(rawValue: seat), x: x, y: y, score: score, flags: .init(rawValue: flags))
    }
}

extension ArenaView.Coin {
    fileprivate init(reading bytes: inout ByteBuffer) throws(ArenaUpdate.Unreadable) {
        guard let (id, x, y) = bytes.readMultipleIntegers(endianness: .little, as: (UInt8, UInt16, UInt16).self) else {
            throw .truncated
        }
        self.init(id: id, x: x, y: y)
    }
}
