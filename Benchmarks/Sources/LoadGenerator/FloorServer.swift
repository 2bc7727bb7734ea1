internal import Glibc

/// The floor: ready-made frames written to plain loopback sockets, one system call each, nothing else.
///
/// It understands no protocol; what its clients get are the bytes a relay would send. One thread, blocking sockets.
package struct FloorServer: Sendable {
    package enum Work: Sendable {
        /// A frame to every socket, so many times a second.
        case everyone(perSecond: Double)
        /// A frame to one socket, to each in turn.
        case oneInTurn(perSecond: Double)
        /// A frame to every socket, as fast as it goes; so many frames in one write.
        case unpaced(framesPerWrite: Int)
        /// What a socket sends goes to its room: so many neighbours in the order of arrival, itself among them.
        case rooms(size: Int)
    }

    private let work: Work
    private let sockets: Int
    private var frame: FloorFrame

    package init(work: Work, sockets: Int, frame: FloorFrame) {
        self.work = work
        self.sockets = sockets
        self.frame = frame
    }

    /// Listens on a free port, says which, waits for all sockets, then works until a client leaves.
    package mutating func run(listening: (Int) -> Void) throws {
        let listener = try TCP.listen(port: 0)
        listening(listener.port)
        var clients: [Int32] = []
        while clients.count < sockets {
            let client = accept(listener.descriptor, nil, nil)
            guard client >= 0 else { throw SystemError("accept") }
            TCP.disableDelay(client)
            clients.append(client)
        }
        do {
            switch work {
            case .everyone(let perSecond): try write(to: clients, atATime: clients.count, perSecond: perSecond)
            case .oneInTurn(let perSecond): try write(to: clients, atATime: 1, perSecond: perSecond)
            case .unpaced(let framesPerWrite): try writeUnpaced(to: clients, framesPerWrite: framesPerWrite)
            case .rooms(let size): try forward(among: clients, roomSize: size)
            }
        } catch let error as SystemError where error.code == EPIPE || error.code == ECONNRESET {
            return
        }
    }

    private mutating func write(to clients: [Int32], atATime group: Int, perSecond: Double) throws {
        var schedule = Schedule(start: Clock.now(), perSecond: perSecond)
        var next = 0
        while true {
            while let (_, due) = schedule.next(by: Clock.now()) {
                frame.stamp(due)
                for _ in 0..<group {
                    try frame.bytes.withUnsafeBytes { try TCP.sendAll($0, to: clients[next]) }
                    next = next + 1 == clients.count ? 0 : next + 1
                }
            }
            var pause = timespec(schedule.nextDue - Clock.now())
            nanosleep(&pause, nil)
        }
    }

    private mutating func writeUnpaced(to clients: [Int32], framesPerWrite: Int) throws {
        while true {
            frame.stamp(Clock.now())
            let batch = Array(repeatElement(frame.bytes, count: framesPerWrite).joined())
            for client in clients { try batch.withUnsafeBytes { try TCP.sendAll($0, to: client) } }
        }
    }

    /// Frames of clients are short (a two-byte header) and not masked; a read may hold several.
    private func forward(among clients: [Int32], roomSize: Int) throws {
        let poll = try Poll()
        for (index, client) in clients.enumerated() { try poll.watch(client, number: index) }
        var inbox = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            for event in 0..<poll.wait(atMost: 1_000_000_000) {
                let index = poll.number(at: event)
                let count = recv(clients[index], &inbox, inbox.count, 0)
                guard count > 0 else { return }
                let messages = unmaskedCopy(of: inbox.prefix(count))
                let first = index / roomSize * roomSize
                for client in clients[first..<min(first + roomSize, clients.count)] {
                    try messages.withUnsafeBytes { try TCP.sendAll($0, to: client) }
                }
            }
        }
    }

    /// The same frames as a server would send them: without mask bit and key.
    private func unmaskedCopy(of frames: ArraySlice<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(frames.count)
        var rest = frames
        while rest.count >= 6, let length = rest.dropFirst().first.map({ Int($0 & 0x7f) }), length < 126 {
            copy.append(0x81)
            copy.append(UInt8(length))
            copy += rest.dropFirst(6).prefix(length)
            rest = rest.dropFirst(6 + length)
        }
        return copy
    }
}
