import Testing

@testable import GameRoom
