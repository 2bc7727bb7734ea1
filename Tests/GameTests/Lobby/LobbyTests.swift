import Game
import NIOCore
import SocketIO
import Testing

@Suite struct LobbyTests {
    private let template: RoomInfo

    init() throws {
        self.template = try RoomFixture(.nim).room.info
    }

    private func room(
        _ id: String, game: String = "nim", isPrivate: Bool = false, isOpen: Bool = true, meta: JSON? = nil,
        spectators: Int = 0, hasPassword: Bool = false
    ) -> RoomInfo {
        var room = self.template
        (room.id, room.game, room.meta, room.spectators) = (id, game, meta, spectators)
        (room.isPrivate, room.isOpen, room.hasPassword) = (isPrivate, isOpen, hasPassword)
        return room
    }

    @Test func watcherIsToldWhatIsThereAndThenWhatChanges() {
        var lobby = Lobby()
        lobby.publish(self.room("one"), at: .at(0))
        let answer = lobby.watch(LobbyFilter(), as: .a)
        #expect(answer.rooms.map(\.id) == ["one"])
        #expect(answer.revision == 0)
        lobby.publish(self.room("two"), at: .at(0))
        lobby.publish(self.room("one", spectators: 1), at: .at(10))
        #expect(lobby.nextDeadline == .at(250))
        #expect(lobby.advance(to: .at(249)).isEmpty)
        let notices = lobby.advance(to: .at(250))
        #expect(notices.map(\.revision) == [1, 2])
        #expect(notices.map(\.watchers) == [[.a], [.a]])
        #expect(notices.map(\.event) == [.add(self.room("two")), .update(["rid": "one", "spectators": 1])])
        lobby.withdraw("two", at: .at(300))
        #expect(lobby.advance(to: .at(550)).map(\.event) == [.remove("two")])
        #expect(lobby.nextDeadline == nil)
    }

    @Test func roomThatComesAndGoesInBetweenNeverWas() {
        var lobby = Lobby()
        _ = lobby.watch(LobbyFilter(), as: .a)
        lobby.publish(self.room("one"), at: .at(0))
        lobby.withdraw("one", at: .at(100))
        #expect(lobby.advance(to: .at(250)).isEmpty)
    }

    @Test func whatChangesBackIsNoChange() {
        var lobby = Lobby()
        lobby.publish(self.room("one"), at: .at(0))
        _ = lobby.watch(LobbyFilter(), as: .a)
        lobby.publish(self.room("one", spectators: 1), at: .at(0))
        lobby.publish(self.room("one"), at: .at(100))
        #expect(lobby.advance(to: .at(250)).isEmpty)
    }

    @Test func privateRoomIsGoneForWatchers() {
        var lobby = Lobby()
        lobby.publish(self.room("one"), at: .at(0))
        _ = lobby.watch(LobbyFilter(), as: .a)
        lobby.publish(self.room("one", isPrivate: true), at: .at(0))
        #expect(lobby.advance(to: .at(250)).map(\.event) == [.remove("one")])
        lobby.publish(self.room("two", isPrivate: true), at: .at(300))
        #expect(lobby.advance(to: .at(550)).isEmpty)
    }

    @Test func filterSaysWhatIsHeardOf() {
        var lobby = Lobby()
        _ = lobby.watch(LobbyFilter(game: "nim", isOpen: true), as: .a)
        _ = lobby.watch(LobbyFilter(game: "race"), as: .b)
        lobby.publish(self.room("one"), at: .at(0))
        lobby.publish(self.room("two", game: "race", isOpen: false), at: .at(0))
        let notices = lobby.advance(to: .at(250))
        #expect(notices.map(\.watchers) == [[.a], [.b]])
        lobby.publish(self.room("one", isOpen: false), at: .at(300))
        #expect(lobby.advance(to: .at(550)).map(\.event) == [.remove("one")])
    }

    @Test func whoComesLaterHearsTheSameAsTheOthers() {
        var lobby = Lobby()
        _ = lobby.watch(LobbyFilter(), as: .a)
        lobby.publish(self.room("one"), at: .at(0))
        #expect(lobby.watch(LobbyFilter(), as: .b).rooms.isEmpty)
        let notices = lobby.advance(to: .at(250))
        #expect(notices.map(\.watchers) == [[.a, .b]])
        #expect(lobby.watch(LobbyFilter(), as: .c).revision == notices.last?.revision)
        lobby.unwatch(.a)
        lobby.withdraw("one", at: .at(300))
        #expect(lobby.advance(to: .at(550)).map(\.watchers) == [[.b, .c]])
    }

    @Test func matchIsTheOldestOpenRoomOfTheSameGameAndMeta() {
        var lobby = Lobby()
        lobby.publish(self.room("late", meta: json(#"{"a":1,"b":[true]}"#)), at: .at(0))
        lobby.publish(self.room("full", isOpen: false, meta: json(#"{"a":1,"b":[true]}"#)), at: .at(0))
        lobby.publish(self.room("locked", meta: json(#"{"a":1,"b":[true]}"#), hasPassword: true), at: .at(0))
        lobby.publish(self.room("other", meta: json(#"{"a":2}"#)), at: .at(0))
        lobby.publish(self.room("later", meta: json(#"{ "b": [true], "a": 1.0 }"#)), at: .at(0))
        let key = MatchKey(game: "nim", meta: json(#"{"a":1e0,"b":[true]}"#))
        #expect(lobby.openRooms(matching: key) == ["late", "later"])
        #expect(lobby.openRooms(matching: MatchKey(game: "race", meta: nil)).isEmpty)
    }
}
