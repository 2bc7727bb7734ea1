import EngineIO
import NIOCore
import Testing

@Suite struct SessionStateMachineTests {
    private static let probe = EnginePacket.ping(ByteBuffer(string: "probe"))
    private static let message = EnginePacket.text(ByteBuffer(string: "hello"))

    private func probing(answered: Bool) -> SessionStateMachine {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.candidateOpened() == true)
        if answered { #expect(session.candidateReceived(Self.probe) == .answerProbe) }
        return session
    }

    private func upgraded() -> SessionStateMachine {
        var session = self.probing(answered: true)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
        return session
    }

    // MARK: Polling

    @Test func oneParkedPollAtATime() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.pollOpened() == .park)
        session.pollAnswered()
        #expect(session.pollOpened() == .park)
        #expect(session.pollOpened() == .refuseAndClose(.badRequest))
    }

    @Test func onePostAtATime() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.postOpened() == .accept)
        session.postEnded()
        #expect(session.postOpened() == .accept)
        #expect(session.postOpened() == .refuseAndClose(.badRequest))
    }

    @Test func pollAndPostGoOnSideBySide() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.pollOpened() == .park)
        #expect(session.postOpened() == .accept)
        session.pollAnswered()
        #expect(session.pollOpened() == .park)
        session.postEnded()
        #expect(session.postOpened() == .accept)
    }

    @Test func webSocketSessionRefusesHTTPRequestsAndGoesOn() {
        var session = SessionStateMachine(transport: .webSocket)
        #expect(session.transport == .webSocket)
        #expect(session.pollOpened() == .refuse(.badRequest))
        #expect(session.postOpened() == .refuse(.badRequest))
        #expect(session.received(Self.message) == .deliver(Self.message))
    }

    // MARK: Upgrade

    @Test func sessionUpgradesFromPollingToWebSocket() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.pollOpened() == .park)
        #expect(session.candidateOpened() == true)
        #expect(session.transport == .polling)
        #expect(!session.releasesPolls)
        #expect(session.candidateReceived(Self.probe) == .answerProbe)
        #expect(session.releasesPolls)
        session.pollAnswered()
        #expect(session.candidateReceived(.upgrade) == .upgrade)
        #expect(session.transport == .webSocket)
        #expect(!session.releasesPolls)
        #expect(session.pollOpened() == .refuse(.badRequest))
        #expect(session.received(Self.message) == .deliver(Self.message))
    }

    @Test func upgradeWithoutProbeIsAccepted() {
        var session = self.probing(answered: false)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
        #expect(session.transport == .webSocket)
    }

    @Test func probeMayBeRepeated() {
        var session = self.probing(answered: true)
        #expect(session.candidateReceived(Self.probe) == .answerProbe)
        #expect(session.releasesPolls)
    }

    @Test func noopOnTheCandidateIsIgnored() {
        var session = self.probing(answered: true)
        #expect(session.candidateReceived(.noop) == .ignore)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
    }

    @Test(
        arguments: [
            .text(ByteBuffer(string: "hello")), .binary(ByteBuffer()), .ping(ByteBuffer()),
            .ping(ByteBuffer(string: "prob")),
            .pong(ByteBuffer(string: "probe")), .close, .open(ByteBuffer()),
        ] as [EnginePacket])
    func anyOtherPacketDropsTheCandidateAndLeavesTheSession(_ packet: EnginePacket) {
        for answered in [false, true] {
            var session = self.probing(answered: answered)
            #expect(session.candidateReceived(packet) == .drop)
            session.candidateEnded()
            #expect(session.transport == .polling)
            #expect(!session.isClosed)
            #expect(!session.releasesPolls)
            #expect(session.pollOpened() == .park)
        }
    }

    @Test func droppedCandidateMayBeFollowedByAnother() {
        var session = self.probing(answered: true)
        session.candidateEnded()
        #expect(session.candidateOpened() == true)
        #expect(!session.releasesPolls)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
    }

    @Test func secondCandidateIsTurnedAwayAndTheFirstGoesOn() {
        var session = self.probing(answered: true)
        #expect(session.candidateOpened() == false)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
    }

    @Test func upgradedSessionTakesNoCandidateAndNoPolls() {
        var session = self.upgraded()
        #expect(session.candidateOpened() == false)
        session.candidateEnded()
        #expect(session.transport == .webSocket)
        #expect(session.pollOpened() == .refuse(.badRequest))
        #expect(session.postOpened() == .refuse(.badRequest))
        #expect(!session.isClosed)
    }

    @Test func webSocketSessionTakesNoCandidate() {
        var session = SessionStateMachine(transport: .webSocket)
        #expect(session.candidateOpened() == false)
    }

    @Test func pollsAndPostsGoOnWhileProbing() {
        for answered in [false, true] {
            var session = self.probing(answered: answered)
            #expect(session.pollOpened() == .park)
            #expect(session.pollOpened() == .refuseAndClose(.badRequest))
            session.pollAnswered()
            #expect(session.pollOpened() == .park)
            #expect(session.postOpened() == .accept)
            #expect(session.postOpened() == .refuseAndClose(.badRequest))
            session.postEnded()
            #expect(session.postOpened() == .accept)
            #expect(session.received(Self.message) == .deliver(Self.message))
        }
    }

    @Test func pollParkedBeforeTheCandidateIsRememberedAfterIt() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.pollOpened() == .park)
        #expect(session.candidateOpened() == true)
        session.candidateEnded()
        #expect(session.pollOpened() == .refuseAndClose(.badRequest))
    }

    @Test func postThatEndsAfterTheUpgradeChangesNothing() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.postOpened() == .accept)
        #expect(session.candidateOpened() == true)
        #expect(session.candidateReceived(.upgrade) == .upgrade)
        session.postEnded()
        session.pollAnswered()
        #expect(session.transport == .webSocket)
    }

    @Test func packetOnNoCandidateIsDropped() {
        var session = SessionStateMachine(transport: .polling)
        #expect(session.candidateReceived(Self.probe) == .drop)
        #expect(session.candidateReceived(.upgrade) == .drop)
        #expect(session.transport == .polling)
    }

    // MARK: Packets

    static let packets: [(EnginePacket, SessionStateMachine.PacketAction)] = [
        (message, .deliver(message)),
        (.binary(ByteBuffer(bytes: [1])), .deliver(.binary(ByteBuffer(bytes: [1])))),
        (.pong(ByteBuffer()), .pong),
        (.close, .close(.transportClose)),
        (.ping(ByteBuffer()), .close(.parseError)),
        (probe, .close(.parseError)),
        (.open(ByteBuffer()), .close(.parseError)),
        (.upgrade, .ignore),
        (.noop, .ignore),
    ]

    @Test(arguments: packets)
    func packetsMeanTheSameOnEitherTransport(_ packet: EnginePacket, _ action: SessionStateMachine.PacketAction) {
        #expect(SessionStateMachine(transport: .polling).received(packet) == action)
        #expect(SessionStateMachine(transport: .webSocket).received(packet) == action)
        #expect(self.probing(answered: true).received(packet) == action)
        #expect(self.upgraded().received(packet) == action)
    }

    // MARK: Close

    @Test func closedSessionStaysClosedAndTellsItsLastTransport() {
        let polling = SessionStateMachine(transport: .polling)
        for (open, last) in [
            (polling, SessionStateMachine.Transport.polling), (self.probing(answered: true), .polling),
            (self.upgraded(), .webSocket), (SessionStateMachine(transport: .webSocket), .webSocket),
        ] {
            var session = open
            #expect(!session.isClosed)
            session.close()
            session.close()
            #expect(session.isClosed)
            #expect(session.transport == last)
            #expect(!session.releasesPolls)
            #expect(session.received(Self.message) == .ignore)
            #expect(session.received(.close) == .ignore)
            #expect(session.pollOpened() == .refuse(.badRequest))
            #expect(session.postOpened() == .refuse(.badRequest))
            #expect(session.candidateOpened() == false)
            #expect(session.candidateReceived(.upgrade) == .drop)
            session.candidateEnded()
            #expect(session.isClosed)
        }
    }
}
