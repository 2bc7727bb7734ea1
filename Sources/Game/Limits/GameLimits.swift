package import NIOCore

/// What one connection, one player and one room may ask of the relay.
package struct GameLimits: Hashable, Sendable {
    // MARK: A connection

    /// Messages of any kind: 60 a second, 120 at once. Twice what moves may take, so that moves cannot starve commands.
    package var messages = TokenBucket.Rate(perSecond: 60, burst: 120)
    /// Bytes: 128 KiB a second, 256 KiB at once.
    package var bytes = TokenBucket.Rate(perSecond: 128 * 1_024, burst: 256 * 1_024)
    /// Moves: 30 a second, 60 at once. A fast keyboard reaches 30.
    package var moves = TokenBucket.Rate(perSecond: 30, burst: 60)
    /// Chat: 1 a second, 5 at once.
    package var chat = TokenBucket.Rate(perSecond: 1, burst: 5)
    /// Rooms created: 6 a minute.
    package var creations = TokenBucket.Rate(perSecond: 6.0 / 60, burst: 6)
    /// Joins: 20 a minute. Also what it costs to guess codes.
    package var joins = TokenBucket.Rate(perSecond: 20.0 / 60, burst: 20)
    /// Resumes: 5 a minute, since each reads the log.
    package var resumes = TokenBucket.Rate(perSecond: 5.0 / 60, burst: 5)
    /// Watches of the lobby: 6 a minute, since each answers with all of it.
    package var watches = TokenBucket.Rate(perSecond: 6.0 / 60, burst: 6)
    /// So many more messages over budget than within, and the connection is sent out of its rooms: 200. Whoever sends a
    /// little too much never gets there; a flood does at once, though the budget lets some of it through all the time.
    package var excess = 200
    /// Rooms that one connection may be in: 4.
    package var rooms = 4

    // MARK: A message

    /// Bytes of one move's data: 1,024. Larger ones are refused, never cut.
    package var moveBytes = 1_024
    /// Moves in one message: 16.
    package var batch = 16
    /// Characters of one chat message, counted in Unicode scalars: 500.
    package var chatCharacters = 500

    // MARK: A room

    /// Players that one room may be created for: 32, beyond which every tick is too much for a browser.
    package var players = 32
    /// Players that a room is made for when nobody says: 8.
    package var defaultPlayers = 8
    /// Spectators: 64.
    package var spectators = 64
    /// Moves of everybody together: 2,000 a second.
    package var events = TokenBucket.Rate(perSecond: 2_000, burst: 2_000)
    /// Events that are kept for those who come back: 2,048.
    package var loggedEvents = 2_048
    /// Bytes of data in them: 1 MiB, which is every event at half of the largest size.
    package var loggedBytes = 1_024 * 1_024
    /// How long they are kept at most: 60 s, or the room's grace where that is longer.
    package var loggedTime = TimeAmount.seconds(60)
    /// Chat messages replayed to those who come late: 50.
    package var chatHistory = 50
    /// Bytes of a room's `meta`: 2 KiB, since every lobby entry carries it.
    package var metaBytes = 2 * 1_024
    /// Bytes of a room's properties, names and values together: 16 KiB.
    package var propertyBytes = 16 * 1_024
    /// Moves kept for late joiners by their senders' wish: 256.
    package var cachedEvents = 256
    /// Bytes of data in them: 64 KiB.
    package var cachedBytes = 64 * 1_024

    package init() {}
}
