import NIOCore
import SocketIO

extension Move {
    /// The one number that the moves of the built-in games consist of: `{"c": 4}`, or a single byte, which is compact.
    /// JSON may also come as its text, as binary frames and recordings have it; an object is never a single byte.
    /// - Parameter name: the member of the object.
    func number(named name: String) -> Int? {
        switch self.data {
        case .json(let json): json[name]?.int
        case .binary(let bytes) where bytes.readableBytes == 1:
            bytes.getInteger(at: bytes.readerIndex, as: UInt8.self).map(Int.init)
        case .binary(let text): (try? JSON(validating: text))?[name]?.int
        }
    }

    /// A move of one number, as JSON.
    init(_ kind: EventKind, _ name: String, _ number: Int) {
        self.init(kind, .json(.object([(name, JSON(number))])))
    }
}
