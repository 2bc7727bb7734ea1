package import NIOCore
package import SocketIO

/// What a member is told at once when it comes in: enough to draw the room. Frames go on with ``number`` + 1.
package struct Joined: Hashable, Sendable {
    package let info: RoomInfo
    /// Nil: a spectator.
    package let seat: Seat?
    /// For `room:resume`; the only one that counts from now on.
    package let token: ResumeToken
    package let grace: TimeAmount
    package let tick: UInt32
    /// `q`: the last event that all this already holds.
    package let number: UInt32
    /// Milliseconds since the room began.
    package let time: UInt32
    /// When the round began that is on, by the same time; nil: none is.
    package let roundBegan: UInt32?
    /// When the turn is up, by the same time; nil: no turn is limited now.
    package let turnDeadline: UInt32?
    /// The state under the rules; nil: there are none, or no round has begun.
    package let snapshot: JSON?
    package let properties: [PropertyStore.Property]
    package let cached: [LogEvent]
    package let chat: [ChatHistory.Message]
}

/// The answer to `room:resume`.
package struct Resumed: Hashable, Sendable {
    package let joined: Joined
    /// What came after the event that the client saw last, to be sent behind the answer; nil: that is not known any more,
    /// and the answer stands for all of it.
    package let replay: [TickFrame]?
    /// The player's last move that was taken: what to number on from.
    package let lastMove: UInt32
}
