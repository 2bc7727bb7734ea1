import HeapModule
import NIOCore

/// Questions that wait for an answer, each by its own key and until its own time; bounded.
struct PendingRequests<Question> {
    private struct Timeout: Comparable {
        let deadline: NIODeadline
        let key: UInt64
        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
    }

    private var questions: [UInt64: (question: Question, deadline: NIODeadline)] = [:]
    /// Some of them of questions that have their answer.
    private var timeouts = Heap<Timeout>()
    private let maximum: Int

    /// - Parameter maximum: questions at a time.
    init(maximum: Int) {
        self.maximum = maximum
    }

    var count: Int { self.questions.count }

    /// When `takeDue` wants to be called.
    var nextDeadline: NIODeadline? { self.timeouts.min?.deadline }

    /// - Returns: false when as many wait as may, or one has this key.
    mutating func add(_ question: Question, key: UInt64, until deadline: NIODeadline) -> Bool {
        guard self.questions.count < self.maximum, self.questions[key] == nil else { return false }
        self.questions[key] = (question, deadline)
        self.timeouts.insert(Timeout(deadline: deadline, key: key))
        if self.timeouts.count > 2 * self.questions.count + 64 {
            self.timeouts = Heap(self.timeouts.unordered.filter { self.questions[$0.key]?.deadline == $0.deadline })
        }
        return true
    }

    /// The question of this key, which no longer waits.
    mutating func take(_ key: UInt64) -> Question? {
        self.questions.removeValue(forKey: key)?.question
    }

    /// Those whose time is up.
    mutating func takeDue(at now: NIODeadline) -> [Question] {
        var due: [Question] = []
        while let first = self.timeouts.min, first.deadline <= now {
            self.timeouts.removeMin()
            guard self.questions[first.key]?.deadline == first.deadline else { continue }
            if let question = self.take(first.key) { due.append(question) }
        }
        return due
    }

    /// Those that this is true of.
    mutating func takeAll(where isWanted: (Question) -> Bool) -> [Question] {
        let taken = self.questions.filter { isWanted($0.value.question) }
        for key in taken.keys { self.questions[key] = nil }
        return taken.values.map(\.question)
    }
}
