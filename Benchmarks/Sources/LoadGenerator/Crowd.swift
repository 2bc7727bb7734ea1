internal import CLinux
internal import Glibc

/// Every viewer of a run and the publisher, on the calling thread and one epoll instance.
///
/// It counts frames and reads the time in each; it parses nothing else. What it costs itself is a column of the report.
package final class Crowd {
    let poll: Poll
    let mask: [UInt8]
    private let inbox: UnsafeMutableRawBufferPointer
    var viewers: [Viewer] = []
    var ready = 0
    var refusal: IntroductionError?

    private let vigil: Nanoseconds
    private var lastEvent: Nanoseconds = 0

    private var publisher: Publisher?
    private var schedule: Schedule?
    private var load = Load.idle
    private var topics: [[UInt8]] = []
    private var emitted: [StampedFrame] = []
    private var timeOffset = 0

    /// What arrived so far.
    package private(set) var tally = Tally()
    /// Viewers whose connection ended before its time.
    package private(set) var lostViewers = 0
    /// Messages of viewers that their own socket did not take: the server stopped reading.
    package private(set) var unsent = 0

    private static let publisherNumber = Int(UInt32.max)

    /// - Parameters:
    ///   - masksFrames: Whether what viewers send is masked; the floor wants it readable.
    ///   - vigil: How long the thread looks for more after the last event before it sleeps; 0: it sleeps at once, and the
    ///     server's next write pays for waking it.
    package init(masksFrames: Bool = true, vigil: Nanoseconds = 0) throws {
        self.vigil = vigil
        poll = try Poll()
        mask = masksFrames ? ClientFrame.usualMask : ClientFrame.noMask
        inbox = .allocate(byteCount: 512 * 1024, alignment: 16)
    }

    deinit {
        for viewer in viewers where viewer.phase != .lost { close(viewer.descriptor) }
        inbox.deallocate()
    }

    /// Connects one viewer for each introduction, at most `inFlight` at a time; returns when all are ready.
    package func connect(
        _ introductions: [Introduction], port: Int, inFlight: Int = 64, within patience: Nanoseconds
    ) throws {
        let deadline = Clock.now() + patience
        let target = viewers.count + introductions.count
        var waiting = introductions[...]
        viewers.reserveCapacity(target)
        while ready < target {
            while viewers.count - ready < inFlight, let introduction = waiting.popFirst() {
                try add(introduction, port: port)
            }
            turn(atMost: 10_000_000)
            if let refusal { throw refusal }
            if lostViewers > 0 { throw IntroductionError(description: "the server closed a connection") }
            if Clock.now() > deadline {
                throw IntroductionError(description: "only \(ready) of \(target) viewers were ready in time")
            }
        }
    }

    /// Begins to send; latencies are recorded for messages due in `window`.
    package func begin(_ load: Load, window: Range<Nanoseconds>) throws {
        self.load = load
        tally = Tally()
        tally.window = window
        switch load {
        case .idle: schedule = nil
        case .publish(let brokerPort, let topics, _, let perSecond):
            self.topics = topics.map { Array($0.utf8) }
            if publisher == nil {
                let publisher = try Publisher(brokerPort: brokerPort)
                try poll.watch(publisher.descriptor, number: Self.publisherNumber)
                self.publisher = publisher
            }
            schedule = Schedule(start: Clock.now(), perSecond: perSecond)
        case .emit(let messages, let perSecond):
            emitted = messages.map { StampedFrame($0, mask: mask) }
            schedule = Schedule(start: Clock.now(), perSecond: perSecond)
        case .pingPong(let message):
            emitted = viewers.map { _ in StampedFrame(message, mask: mask) }
            for index in viewers.indices { ping(from: index, now: Clock.now()) }
        }
    }

    /// Sends nothing more.
    package func stopSending() {
        load = .idle
        schedule = nil
    }

    /// Lets the load run until the moment given.
    package func run(until end: Nanoseconds) {
        while true {
            sendDue()
            let now = Clock.now()
            if now >= end { return }
            turn(atMost: min(end, schedule?.nextDue ?? end) - now)
        }
    }

    /// One turn of the loop: waits for events and handles them; what is due meanwhile goes out in between.
    private func turn(atMost patience: Nanoseconds) {
        let count = watch(atMost: patience)
        for index in 0..<count {
            let number = poll.number(at: index)
            if number == Self.publisherNumber {
                servePublisher()
            } else {
                readable(number, toTheEnd: poll.hasHungUp(at: index))
            }
            if index & 15 == 15 { sendDue() }
        }
    }

    private func watch(atMost patience: Nanoseconds) -> Int {
        guard vigil > 0 else { return poll.wait(atMost: patience) }
        let start = Clock.now()
        let end = min(start + patience, lastEvent + vigil)
        var now = start
        repeat {
            let count = poll.wait(atMost: 0)
            now = Clock.now()
            if count > 0 {
                lastEvent = now
                return count
            }
        } while now < end
        let count = poll.wait(atMost: patience - (now - start))
        if count > 0 { lastEvent = Clock.now() }
        return count
    }

    // MARK: Sending

    private func sendDue() {
        guard schedule != nil else { return }
        let now = Clock.now()
        while let (number, due) = schedule?.next(by: now) {
            switch load {
            case .publish(_, _, var payload, _):
                payload.stamp(due)
                publisher?.publish(payload.bytes, to: topics[number % topics.count])
            case .emit: emit(from: number % emitted.count, due: due)
            case .idle, .pingPong: return
            }
            tally.sent(due: due, now: now)
        }
        flushPublisher()
    }

    private func flushPublisher() {
        guard let publisher, publisher.isBehind else { return }
        publisher.flush()
        if publisher.isBehind { poll.change(publisher.descriptor, number: Self.publisherNumber, writes: true) }
    }

    private func servePublisher() {
        guard let publisher else { return }
        recv(publisher.descriptor, inbox.baseAddress, inbox.count, 0)  // Nothing a publisher at QoS 0 waits for.
        publisher.flush()
        if !publisher.isBehind { poll.change(publisher.descriptor, number: Self.publisherNumber, writes: false) }
    }

    private func ping(from index: Int, now: Nanoseconds) {
        guard case .pingPong = load else { return }
        emit(from: index, due: now)
        tally.sent(due: now, now: now)
    }

    private func emit(from index: Int, due: Nanoseconds) {
        emitted[index].stamp(due)
        transmit(emitted[index].bytes, from: index)
    }

    func transmit(_ frame: [UInt8], from index: Int) {
        guard viewers[index].phase != .lost else { return }
        let count = frame.withUnsafeBytes {
            Glibc.send(viewers[index].descriptor, $0.baseAddress, $0.count, TCP.noSignal)
        }
        if count == frame.count { return }
        unsent += 1
        if count > 0 { lose(index) }
    }

    // MARK: Receiving

    /// A read that does not fill the inbox has left nothing behind, unless the end itself is still to be read.
    private func readable(_ index: Int, toTheEnd: Bool) {
        while readOnce(index) || (toTheEnd && viewers[index].phase != .lost) {}
    }

    /// Answers whether the inbox was filled.
    private func readOnce(_ index: Int) -> Bool {
        guard viewers[index].phase != .lost, let base = inbox.baseAddress else { return false }
        let kept = viewers[index].unfinished.count
        if kept > 0 { viewers[index].unfinished.withUnsafeBytes { inbox.copyMemory(from: $0) } }
        let count = recv(viewers[index].descriptor, base + kept, inbox.count - kept, 0)
        guard count > 0 else {
            if count == 0 || errno != EAGAIN { lose(index) }
            return false
        }
        let start = UnsafePointer(base.assumingMemoryBound(to: UInt8.self))
        if viewers[index].phase == .upgrading {
            readUpgrade(index, start, kept + count)
        } else {
            readFrames(index, start, kept + count)
        }
        return kept + count == inbox.count
    }

    func readFrames(_ index: Int, _ start: UnsafePointer<UInt8>, _ count: Int) {
        let now = Clock.now()
        var frames = ServerFrames(start, count: count)
        while let frame = frames.nextFrame() {
            if viewers[index].phase == .ready { take(frame, index, now) } else { introduce(index, frame) }
        }
        if frames.isBroken { return lose(index) }
        keep(frames.rest, for: index)
    }

    func keep(_ rest: (start: UnsafePointer<UInt8>, count: Int), for index: Int) {
        if rest.count >= inbox.count { return lose(index) }
        if rest.count == 0, viewers[index].unfinished.isEmpty { return }
        viewers[index].unfinished = Array(UnsafeBufferPointer(start: rest.start, count: rest.count))
    }

    /// A frame after the introduction: a delivery, an ack, a heartbeat.
    @inline(__always)
    private func take(_ frame: ServerFrames.Frame, _ index: Int, _ now: Nanoseconds) {
        switch frame.kind {
        case .binary where frame.count >= 8: tally.arrived(due: Timestamp.readBinary(frame.payload), now: now)
        case .text where frame.count >= 2 && frame.payload[0] == UInt8(ascii: "4"):
            guard let due = time(in: frame) else { return }
            tally.arrived(due: due, now: now)
            if case .pingPong = load { ping(from: index, now: now) }
        case .text where frame.count == 1 && frame.payload[0] == UInt8(ascii: "2"):
            transmit(ClientFrame.text([UInt8(ascii: "3")], mask: mask), from: index)
        case .close: lose(index)
        default: break
        }
    }

    /// The time in a text, found where the last one was or else by searching; nil when there is none.
    @inline(__always)
    private func time(in frame: ServerFrames.Frame) -> Nanoseconds? {
        let length = Timestamp.markerLength
        if frame.count >= timeOffset + Timestamp.digits, timeOffset >= length,
            memcmp(frame.payload + timeOffset - length, Timestamp.marker.utf8Start, length) == 0
        {
            return Timestamp.readText(frame.payload + timeOffset)
        }
        guard let found = memmem(frame.payload, frame.count, Timestamp.marker.utf8Start, length) else { return nil }
        let offset = UnsafeRawPointer(found) - UnsafeRawPointer(frame.payload) + length
        guard frame.count >= offset + Timestamp.digits else { return nil }
        timeOffset = offset
        return Timestamp.readText(frame.payload + offset)
    }

    private func lose(_ index: Int) {
        guard viewers[index].phase != .lost else { return }
        viewers[index].phase = .lost
        close(viewers[index].descriptor)
        lostViewers += 1
    }
}
