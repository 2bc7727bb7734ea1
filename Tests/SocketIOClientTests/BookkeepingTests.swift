import NIOCore
import SocketIO
import Testing

@testable import SocketIOClient

/// Awaited acknowledgements and joined namespaces, without a connection.
@Suite struct BookkeepingTests {
    private func time(_ seconds: UInt64) -> NIODeadline {
        .uptimeNanoseconds(seconds * 1_000_000_000)
    }

    // MARK: Acknowledgements

    @Test("an answer is taken once, by its id and in its namespace")
    func take() {
        var acks = PendingAcks<String>()
        let first = acks.add("first", namespace: "/", deadline: self.time(1))
        let second = acks.add("second", namespace: "/a", deadline: self.time(1))
        #expect(first != second)
        #expect(acks.take(second, namespace: "/") == nil)
        #expect(acks.take(second, namespace: "/a") == "second")
        #expect(acks.take(second, namespace: "/a") == nil)
        #expect(acks.take(first, namespace: "/") == "first")
        #expect(acks.count == 0)
    }

    @Test("those whose time is up go, in the order asked; the others stay")
    func expire() {
        var acks = PendingAcks<String>()
        for (word, seconds) in [("a", 3), ("b", 1), ("c", 2)] as [(String, UInt64)] {
            _ = acks.add(word, namespace: "/", deadline: self.time(seconds))
        }
        #expect(acks.nextDeadline == self.time(1))
        #expect(acks.expire(now: self.time(0)) == [])
        #expect(acks.expire(now: self.time(2)) == ["b", "c"])
        #expect(acks.nextDeadline == self.time(3))
        #expect(acks.takeAll() == ["a"])
        #expect(acks.nextDeadline == nil)
    }

    @Test("leaving a namespace takes its acknowledgements only")
    func ofNamespace() {
        var acks = PendingAcks<String>()
        _ = acks.add("a", namespace: "/a", deadline: self.time(1))
        _ = acks.add("b", namespace: "/b", deadline: self.time(1))
        #expect(acks.takeAll(namespace: "/a") == ["a"])
        #expect(acks.count == 1)
    }

    // MARK: Namespaces

    private func packet(_ content: SocketPacket.Content, _ namespace: String = "/") -> SocketPacket {
        SocketPacket(namespace: namespace, content)
    }

    @Test("a namespace is joined when the server says so, and once")
    func join() {
        var table = NamespaceTable()
        let asked = table.join("/", auth: ["token": "t"], until: self.time(9))
        #expect(asked == self.packet(.connect(["token": "t"])))
        #expect(table.join("/", auth: nil, until: self.time(9)) == nil)
        #expect(!table.hasJoined("/"))
        #expect(table.received(self.packet(.connect(["sid": "s1"]))) == .joined(sid: "s1"))
        #expect(table.hasJoined("/"))
        #expect(table.received(self.packet(.connect(["sid": "s2"]))) == .ignore)
        #expect(table.requests.isEmpty)
        #expect(table.nextDeadline == nil)
    }

    @Test("a refusal and a disconnect end it")
    func ends() {
        var table = NamespaceTable()
        _ = table.join("/a", auth: nil, until: self.time(9))
        let refusal: JSON = ["message": "no"]
        #expect(
            table.received(self.packet(.connectError(refusal), "/a")) == .left(Ending(.refused, .refused(refusal))))
        #expect(table.isEmpty)
        _ = table.join("/a", auth: nil, until: self.time(9))
        _ = table.received(self.packet(.connect(["sid": "s"]), "/a"))
        #expect(table.received(self.packet(.disconnect, "/a")) == .left(Ending(.serverDisconnect)))
        #expect(table.isEmpty)
    }

    @Test("packets of namespaces the client is not in are passed over")
    func strangers() {
        var table = NamespaceTable()
        _ = table.join("/", auth: nil, until: self.time(9))
        for content in [
            .connect(["sid": "s"]), .disconnect, .event(Arguments(["x"]), id: 1), .ack(Arguments([]), id: 1),
            .connectError([:]),
        ]
            as [SocketPacket.Content]
        {
            #expect(table.received(self.packet(content, "/other")) == .ignore)
        }
        #expect(table.requests.count == 1)
    }

    @Test("a lost connection joins all of them again, with what each was told")
    func rejoin() {
        var table = NamespaceTable()
        _ = table.join("/", auth: nil, until: self.time(1))
        _ = table.join("/a", auth: ["k": 1], until: self.time(2))
        _ = table.received(self.packet(.connect(["sid": "s"])))
        #expect(table.expired(now: self.time(5)) == ["/a"])
        table.rejoin(until: self.time(9))
        #expect(table.joined.isEmpty)
        #expect(table.requests == [self.packet(.connect(nil)), self.packet(.connect(["k": 1]), "/a")])
        #expect(table.nextDeadline == self.time(9))
        #expect(table.expired(now: self.time(5)).isEmpty)
    }
}
