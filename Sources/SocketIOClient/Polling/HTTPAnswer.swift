import NIOCore
import NIOHTTP1
import SocketIO

/// The one answer to a request, gathered from its parts up to a limit.
struct HTTPAnswer {
    enum Progress {
        case more
        case complete
        case tooLarge
    }

    /// How much of an error's body is kept, in bytes.
    static let quotedBytes = 1024

    let maximumBytes: Int
    private(set) var head: HTTPResponseHead?
    private(set) var body = ByteBuffer()

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    var isOK: Bool { self.head?.status == .ok }

    mutating func received(_ part: HTTPClientResponsePart) -> Progress {
        switch part {
        case .head(let head):
            self.head = head
            return .more
        case .body(var bytes):
            guard self.body.readableBytes + bytes.readableBytes <= self.maximumBytes else { return .tooLarge }
            self.body.writeBuffer(&bytes)
            return .more
        case .end:
            return .complete
        }
    }

    /// The answer as the reason why there is no connection; the message of Engine.IO's error object where it is one.
    var refusal: Ending {
        let json = try? JSON(validating: self.body)
        let text = json?["message"]?.string ?? String(decoding: self.body.readableBytesView.prefix(200), as: UTF8.self)
        return Ending(.transportError, .httpStatus(Int(self.head?.status.code ?? 0), message: text))
    }
}
