/// The last chat messages of a room, for those who come late. Messages to some only are not kept.
package struct ChatHistory: Hashable, Sendable {
    package struct Message: Hashable, Sendable {
        /// Its number in the log.
        package let number: UInt32
        /// Milliseconds since the room began.
        package let time: UInt32
        package let seat: Seat
        /// As it was then: the player may be gone.
        package let name: String
        package let text: String

        package init(number: UInt32, time: UInt32, seat: Seat, name: String, text: String) {
            self.number = number
            self.time = time
            self.seat = seat
            self.name = name
            self.text = text
        }
    }

    package private(set) var messages: [Message] = []
    private let capacity: Int

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package mutating func append(_ message: Message) {
        self.messages.append(message)
        if self.messages.count > self.capacity { self.messages.removeFirst() }
    }
}
