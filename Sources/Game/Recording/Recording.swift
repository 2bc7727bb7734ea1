/// A room's recording, `.rlog`: what its members were told, and the inputs that nobody was told, to the byte.
///
/// ```
/// header   one line of JSON, see RecordingHeader
/// frames   each u32 length · the bytes of a TICK or INPUT frame (BinaryFrame)
/// end      u32 0
/// footer   one line of JSON, see RecordingFooter; the last of it: "chain":"0123456789abcdef"}
/// ```
/// Little-endian. `chain` is FNV-1a over every byte before its own digits, so that any changed byte is found; it is no
/// seal against somebody who makes a recording up.
///
/// Order within a tick: its INPUT frame, then its TICK frame, if there is anything to tell. In a room under rules each
/// step of the rules has an INPUT frame, empty where no input had come: it says that there was a step. A step with the
/// time of a TICK frame is told of in it, of a late room's several steps. The events of a TICK frame are in the order in
/// which they happened: who came, left, was away or back; what the steps brought about; a hash; the end.
package enum Recording {
    package static let version = 1
    /// The longest frame, in bytes, that is read: far above what a room sends in one tick.
    package static let maximumFrame = 16 << 20
    /// The longest header or footer, in bytes.
    package static let maximumLine = 256 << 10
}
