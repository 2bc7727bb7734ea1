/// For which viewers a topic waits already, by their numbers. A value that comes meanwhile changes nothing for them: the newest
/// goes out in its turn. So nobody looks at them, and values that are merged away cost next to nothing however many viewers
/// are slow.
///
/// A mark may be missing, which costs a look; one too many would keep values from a viewer. All of them are void at once when
/// `epoch` is another than that of the marks.
struct WaitingMarks {
    private var words: [UInt64] = []
    private var epoch = 0

    func contains(_ number: Int, in epoch: Int) -> Bool {
        guard self.epoch == epoch, self.words.indices.contains(number >> 6) else { return false }
        return self.words[number >> 6] & Self.bit(number) != 0
    }

    mutating func insert(_ number: Int, in epoch: Int) {
        guard number >= 0 else { return }
        if self.epoch != epoch {
            self.words.removeAll(keepingCapacity: true)
            self.epoch = epoch
        }
        let missing = (number >> 6) + 1 - self.words.count
        if missing > 0 { self.words.append(contentsOf: repeatElement(0, count: missing)) }
        self.words[number >> 6] |= Self.bit(number)
    }

    mutating func remove(_ number: Int) {
        guard self.words.indices.contains(number >> 6) else { return }
        self.words[number >> 6] &= ~Self.bit(number)
    }

    private static func bit(_ number: Int) -> UInt64 { 1 << UInt64(number & 63) }
}

/// Gives each viewer of a namespace a number, one given back before a new one, so that marks take little room.
struct ViewerNumbers {
    private var free: [Int] = []
    private var count = 0

    mutating func take() -> Int {
        if let number = self.free.popLast() { return number }
        defer { self.count += 1 }
        return self.count
    }

    mutating func giveBack(_ number: Int) { self.free.append(number) }
}
