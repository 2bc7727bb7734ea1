import ArgumentParser
import Foundation
import Game
import NIOCore

/// `game-room verify`: plays a recording's rules again, and holds what they come to against what it says.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that a recording is whole and that its moves lead to what it says.",
        discussion: """
            No byte may have changed, no event may be missing, and the rules, played again, must come to the same hashes \
            and outcomes. Where it is not so, the first place is named and the exit code is 1.
            """)

    @Argument(help: ArgumentHelp("The recording.", valueName: "file"))
    var file: String

    func run() throws {
        guard let data = FileManager.default.contents(atPath: self.file) else {
            throw ValidationError("\(self.file): cannot be read")
        }
        do throws(RecordingFault) {
            print("\(self.file): \(try RecordingVerifier.verify(ByteBuffer(bytes: data)).words)")
        } catch {
            print("\(self.file): \(error.words)")
            throw ExitCode.failure
        }
    }
}

extension RecordingVerifier.Summary {
    fileprivate var words: String {
        "holds true: \(self.events) events, \(self.rounds) rounds, \(self.moves) moves, \(self.steps) steps, "
            + "\(self.hashes) hashes compared"
    }
}

extension RecordingFault {
    fileprivate var words: String {
        "does not hold, behind event \(self.event), at byte \(self.offset): \(self.reason.words)"
    }
}

extension RecordingFault.Reason {
    fileprivate var words: String {
        switch self {
        case .damaged(let damage): "damaged: \(damage.words)"
        case .unknownGame(let name): "a room of the game \(name), whose rules are not here"
        case .gap(let expected, let found): "event \(expected) was expected, \(found) is there"
        case .timeGoesBack: "time goes back"
        case .badRound: "a round begins without its seats, its number or its seed"
        case .noRound: "a move, a step or an end while no round is on"
        case .inputOrder: "the inputs of a step are not by ascending seat"
        case .refused(let code): "the rules refuse a move that is in the log with \(code.rawValue)"
        case .effect: "what a step brought about is not what the log says"
        case .hash(let written, let found):
            "the hash \(written?.hexDigits ?? "none") is written, the rules come to \(found?.hexDigits ?? "none")"
        case .outcome: "the end is not the one that the rules come to"
        case .footerNumbers: "the last line does not go with the log"
        }
    }
}

extension RecordingError.Damage {
    fileprivate var words: String {
        switch self {
        case .header: "the first line is no header of this version"
        case .truncated: "it ends before its last line"
        case .frameTooLong(let bytes): "a frame of \(bytes) bytes"
        case .frame(let error): "a frame that is none (\(error))"
        case .foreignFrame: "a frame that recordings do not hold"
        case .footer: "what stands behind the last frame is not its last line"
        case .chain(let written, let found):
            "some byte has changed: \(written.hexDigits) is written, \(found.hexDigits) found"
        }
    }
}
