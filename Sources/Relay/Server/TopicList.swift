import NIOCore
import SocketIO
import SocketIOServer

/// The values of many topics as a JSON array, `[{topic, at, payload}]`, a piece at a time: a list that is too large to be
/// kept whole for each client that asks is made as the client takes it.
final class TopicList {
    private let rules: TopicRules
    private var entries: ArraySlice<TopicStore.Entry>
    private var isBegun = false
    private var isFirst = true
    private var isOver = false

    private var gzip: Gzip?

    /// Written in a silence: white space between two elements says nothing. Within what is compressed it cannot be.
    var keepAlive: ByteBuffer { ByteBuffer(string: self.gzip == nil ? " " : "") }
    private static let pieceSize = 64 * 1024

    init(_ entries: [TopicStore.Entry], rules: TopicRules) {
        self.entries = entries[...]
        self.rules = rules
    }

    /// Bytes of the list, about.
    var byteCount: Int { self.entries.reduce(2) { $0 + $1.last.byteCount } }

    /// Has what is sent compressed. False: for want of memory it is not.
    func compress() -> Bool {
        self.gzip = Gzip.stream()
        return self.gzip != nil
    }

    /// All of it.
    func whole() -> ByteBuffer {
        var whole = ByteBuffer()
        while let piece = self.next() { whole.writeImmutableBuffer(piece) }
        return whole
    }

    /// Sends as much as the stream takes now, and the rest when it takes more.
    func send(on stream: ResponseStream) {
        stream.whenWritable = { [weak stream] in if let stream { self.send(on: stream) } }
        while stream.isWritable {
            guard var piece = self.next() else { return stream.end() }
            if let gzip {
                guard let compressed = gzip.compress(piece, isLast: self.isOver) else { return stream.end() }
                piece = compressed
            }
            // Not before there is something: an empty chunk is the end.
            guard piece.readableBytes > 0 else { continue }
            stream.send(OutboundMessage(plain: piece))
        }
        stream.notifyWhenWritable()
    }

    private func next() -> ByteBuffer? {
        guard !self.isOver else { return nil }
        var piece = ByteBuffer()
        if !self.isBegun { piece.writeStaticString("[") }
        self.isBegun = true
        while piece.readableBytes < Self.pieceSize, let entry = self.entries.popFirst() {
            // Its value may have gone since.
            guard entry.hasValue, let rule = self.rules.rule(for: entry.topic) else { continue }
            let start = piece.writerIndex
            if !self.isFirst { piece.writeStaticString(",") }
            if entry.last.writeListed(under: rule.payload, to: &piece) {
                self.isFirst = false
            } else {
                piece.moveWriterIndex(to: start)
            }
        }
        if self.entries.isEmpty {
            self.isOver = true
            piece.writeStaticString("]")
        }
        return piece
    }
}

extension TopicUpdate {
    /// `{"topic": …, "at": …, "payload": …}`. False: the rule has no place for the payload.
    fileprivate func writeListed(under payload: RelayConfiguration.Rule.Payload, to text: inout ByteBuffer) -> Bool {
        text.writeStaticString(#"{"topic":"#)
        text.writeJSON(string: self.topic)
        text.writeString(#","at":\#(self.at),"payload":"#)
        guard self.writePayload(under: payload, to: &text) else { return false }
        text.writeStaticString("}")
        return true
    }
}
