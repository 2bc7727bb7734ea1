import NIOCore
import SocketIO
import Testing

@Suite struct ConnectionStateMachineTests {
    private static let arguments = Arguments(["e", 1])

    private func connect(_ namespace: String = "/") -> SocketPacket {
        SocketPacket(namespace: namespace, .connect(nil))
    }

    private func event(_ namespace: String = "/") -> SocketPacket {
        SocketPacket(namespace: namespace, .event(Self.arguments, id: 5))
    }

    private func ack(_ namespace: String = "/") -> SocketPacket {
        SocketPacket(namespace: namespace, .ack(Self.arguments, id: 6))
    }

    private func disconnect(_ namespace: String = "/") -> SocketPacket {
        SocketPacket(namespace: namespace, .disconnect)
    }

    private func joined(_ namespaces: String...) -> ConnectionStateMachine {
        var connection = ConnectionStateMachine()
        for namespace in namespaces {
            #expect(connection.received(self.connect(namespace)) == .connect(nil))
            connection.accepted(namespace)
        }
        return connection
    }

    @Test func acceptedNamespaceGetsItsPackets() {
        var connection = ConnectionStateMachine()
        #expect(!connection.hasEverJoined)
        #expect(connection.received(SocketPacket(namespace: "/", .connect(["token": "x"]))) == .connect(["token": "x"]))
        #expect(!connection.hasEverJoined)
        connection.accepted("/")
        #expect(connection.hasEverJoined)
        #expect(connection.received(self.event()) == .deliverEvent(Self.arguments, id: 5))
        #expect(connection.received(self.ack()) == .deliverAck(Self.arguments, id: 6))
        #expect(connection.received(self.disconnect()) == .disconnect)
    }

    @Test func namespacesAreJoinedSideBySide() {
        var connection = self.joined("/", "/custom")
        #expect(connection.received(self.event("/custom")) == .deliverEvent(Self.arguments, id: 5))
        #expect(connection.received(self.disconnect("/")) == .disconnect)
        #expect(connection.received(self.event("/custom")) == .deliverEvent(Self.arguments, id: 5))
        #expect(connection.received(self.event("/other")) == .close)
    }

    @Test func packetBeforeAnyConnectClosesTheConnection() {
        for packet in [self.event(), self.ack(), self.disconnect()] {
            var connection = ConnectionStateMachine()
            #expect(connection.received(packet) == .close)
        }
    }

    @Test func packetWhileTheNamespaceDecidesClosesTheConnection() {
        for packet in [self.event(), self.ack(), self.disconnect(), self.connect()] {
            var connection = ConnectionStateMachine()
            #expect(connection.received(self.connect()) == .connect(nil))
            #expect(connection.received(packet) == .close)
        }
    }

    @Test func secondConnectClosesTheConnection() {
        var connection = self.joined("/custom")
        #expect(connection.received(self.connect("/custom")) == .close)
    }

    @Test func connectErrorFromAClientClosesTheConnection() {
        var connection = self.joined("/")
        #expect(connection.received(SocketPacket(namespace: "/", .connectError([:]))) == .close)
    }

    @Test func refusedNamespaceMayBeTriedAgain() {
        var connection = ConnectionStateMachine()
        #expect(connection.received(self.connect()) == .connect(nil))
        connection.refused("/")
        #expect(!connection.hasEverJoined)
        #expect(connection.received(self.connect()) == .connect(nil))
        connection.accepted("/")
        #expect(connection.received(self.event()) == .deliverEvent(Self.arguments, id: 5))
    }

    @Test func eventForARefusedNamespaceClosesTheConnection() {
        var connection = ConnectionStateMachine()
        #expect(connection.received(self.connect()) == .connect(nil))
        connection.refused("/")
        #expect(connection.received(self.event()) == .close)
    }

    /// An event under way while the server disconnects the socket is no offence.
    @Test func packetsForANamespaceJustLeftAreIgnored() {
        var connection = self.joined("/", "/custom")
        connection.leave("/custom")
        for packet in [self.event("/custom"), self.ack("/custom"), self.disconnect("/custom")] {
            #expect(connection.received(packet) == .ignore)
        }
        #expect(connection.received(self.event("/")) == .deliverEvent(Self.arguments, id: 5))
    }

    @Test func namespaceLeftMayBeJoinedAgain() {
        var connection = self.joined("/custom")
        #expect(connection.received(self.disconnect("/custom")) == .disconnect)
        #expect(connection.received(self.connect("/custom")) == .connect(nil))
        connection.accepted("/custom")
        #expect(connection.received(self.event("/custom")) == .deliverEvent(Self.arguments, id: 5))
        #expect(connection.hasEverJoined)
    }

    @Test func leavingWhatWasNeverJoinedIsNothing() {
        var connection = self.joined("/")
        connection.leave("/other")
        #expect(connection.received(self.event("/other")) == .close)
    }

    @Test func sixteenNamespacesLeftAreRemembered() {
        var connection = ConnectionStateMachine()
        for index in 0..<17 {
            #expect(connection.received(self.connect("/\(index)")) == .connect(nil))
            connection.accepted("/\(index)")
            connection.leave("/\(index)")
        }
        #expect(connection.received(self.event("/0")) == .close)
        #expect(connection.received(self.event("/1")) == .ignore)
        #expect(connection.received(self.event("/16")) == .ignore)
    }

    @Test func leavingOneNamespaceAgainAndAgainForgetsNoOther() {
        var connection = self.joined("/a")
        connection.leave("/a")
        for _ in 0..<50 {
            #expect(connection.received(self.connect("/b")) == .connect(nil))
            connection.accepted("/b")
            connection.leave("/b")
        }
        #expect(connection.received(self.event("/a")) == .ignore)
        #expect(connection.received(self.event("/b")) == .ignore)
    }

    @Test func namespacesBeyondTheLimitCloseTheConnection() {
        var connection = ConnectionStateMachine()
        for index in 0..<ConnectionStateMachine.maximumNamespaces {
            #expect(connection.received(self.connect("/\(index)")) == .connect(nil))
            if index % 2 == 0 { connection.accepted("/\(index)") }
        }
        #expect(connection.received(self.connect("/more")) == .close)
        connection.leave("/0")
        #expect(connection.received(self.connect("/more")) == .connect(nil))
    }
}
