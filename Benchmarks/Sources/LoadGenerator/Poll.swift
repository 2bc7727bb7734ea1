internal import CLinux
internal import Glibc

/// One epoll instance, edge-triggered: whoever is told of bytes reads until there are none. Every descriptor bears a
/// number of the caller's.
final class Poll {
    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private static let capacity = 512

    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    func watch(_ target: Int32, number: Int, writes: Bool = false) throws {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue | (writes ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(number)
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, target, &event) == 0 else { throw SystemError("epoll_ctl") }
    }

    func change(_ target: Int32, number: Int, writes: Bool) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue | (writes ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(number)
        epoll_ctl(descriptor, EPOLL_CTL_MOD, target, &event)
    }

    /// Waits at most `patience` for something to happen; answers how many descriptors something happened to.
    func wait(atMost patience: Nanoseconds) -> Int {
        var timeout = timespec(patience)
        return max(0, Int(epoll_pwait2(descriptor, events, Int32(Self.capacity), &timeout, nil)))
    }

    /// The number of the descriptor behind the event at `index`, below what `wait` answered.
    func number(at index: Int) -> Int { Int(events[index].data.u64) }

    /// Whether the other side of the descriptor behind the event at `index` has closed.
    func hasHungUp(at index: Int) -> Bool { events[index].events & EPOLLRDHUP.rawValue != 0 }
}
