import CMosquitto
import Glibc
import NIOCore

/// Ends a wait of the loop from another thread.
final class Waker: Sendable {
    let descriptor: CInt

    init() throws {
        self.descriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        if self.descriptor < 0 { throw IOError(errnoCode: errno, reason: "eventfd") }
    }

    deinit { close(self.descriptor) }

    func wake() {
        var one: UInt64 = 1
        // It fails only when it is at its maximum, and then the loop is about to wake anyway.
        _ = write(self.descriptor, &one, MemoryLayout.size(ofValue: one))
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(self.descriptor, &count, MemoryLayout.size(ofValue: count))
    }
}

/// What a descriptor is ready for.
struct Readiness: OptionSet {
    let rawValue: UInt32

    static let read = Readiness(rawValue: EPOLLIN.rawValue)
    static let write = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has finished sending, or the connection is broken.
    static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue)
    /// The connection is broken.
    static let failure = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)

    var isHungUp: Bool { !self.isDisjoint(with: .hangUp) }
    var hasFailed: Bool { !self.isDisjoint(with: .failure) }
}

/// Level-triggered epoll. Descriptors are told apart by numbers that are never used twice, so that an event of a
/// descriptor closed a moment ago is not taken for one of its successor's.
///
/// The descriptors are libmosquitto's, which closes them whenever it likes: the kernel then forgets them by itself. Not
/// so when a child process has inherited one: it goes on reporting what nobody can take off its list any more. Then
/// ``renew()`` helps.
final class Poller {
    static let wakerNumber: UInt64 = 0

    private struct Registration {
        let socket: CInt
        var interest: Readiness
    }

    private var descriptor: CInt
    private var registrations: [UInt64: Registration] = [:]
    private var buffer = [epoll_event](repeating: epoll_event(), count: 512)

    init(waker: Waker) throws {
        self.descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        if self.descriptor < 0 { throw IOError(errnoCode: errno, reason: "epoll_create1") }
        guard self.add(waker.descriptor, number: Self.wakerNumber, interest: .read) else {
            throw IOError(errnoCode: errno, reason: "epoll_ctl")
        }
    }

    deinit { close(self.descriptor) }

    func add(_ socket: CInt, number: UInt64, interest: Readiness) -> Bool {
        guard self.control(EPOLL_CTL_ADD, socket, number, interest) else { return false }
        self.registrations[number] = Registration(socket: socket, interest: interest)
        return true
    }

    func change(_ number: UInt64, to interest: Readiness) {
        guard let registration = self.registrations[number] else { return }
        self.registrations[number]?.interest = interest
        _ = self.control(EPOLL_CTL_MOD, registration.socket, number, interest)
    }

    /// - Parameter isOpen: false when the socket is closed already, and its number perhaps somebody else's.
    func remove(_ number: UInt64, isOpen: Bool) {
        guard let registration = self.registrations.removeValue(forKey: number), isOpen else { return }
        _ = self.control(EPOLL_CTL_DEL, registration.socket, number, [])
    }

    /// Begins a list of its own anew, with all that is registered and nothing else. Without effect while the process has
    /// no descriptor left.
    func renew() {
        let renewed = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard renewed >= 0 else { return }
        close(self.descriptor)
        self.descriptor = renewed
        for (number, registration) in self.registrations {
            _ = self.control(EPOLL_CTL_ADD, registration.socket, number, registration.interest)
        }
    }

    /// - Parameter timeout: milliseconds.
    func wait(timeout: CInt, _ body: (UInt64, Readiness) -> Void) {
        let count = epoll_wait(self.descriptor, &self.buffer, CInt(self.buffer.count), timeout)
        guard count > 0 else { return }
        for event in self.buffer.prefix(Int(count)) {
            body(event.data.u64, Readiness(rawValue: event.events))
        }
    }

    private func control(_ operation: CInt, _ socket: CInt, _ number: UInt64, _ interest: Readiness) -> Bool {
        var event = epoll_event()
        event.events = interest.rawValue | EPOLLRDHUP.rawValue
        event.data.u64 = number
        return epoll_ctl(self.descriptor, operation, socket, &event) == 0
    }
}
