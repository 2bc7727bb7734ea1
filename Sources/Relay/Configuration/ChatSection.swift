import Settings

/// Reads a namespace of kind `chat`.
extension RelayConfiguration.Chat {
    static let keys = ["history", "keep", "echo", "rooms", "members", "roomsPerClient", "rate"]

    init(_ section: Section) {
        self.init()
        self.history = section.integer("history", in: 0...1_000) ?? self.history
        self.keep = section.duration("keep", in: .zero ... .seconds(86_400)) ?? self.keep
        self.echo = section.flag("echo") ?? self.echo
        self.maximumRooms = section.integer("rooms", in: 1...1_000_000) ?? self.maximumRooms
        self.maximumMembers = section.integer("members", in: 1...100_000) ?? self.maximumMembers
        self.maximumRoomsPerClient = section.integer("roomsPerClient", in: 1...10_000) ?? self.maximumRoomsPerClient
        self.rate = section.number("rate", upTo: 10_000) ?? self.rate
    }
}
