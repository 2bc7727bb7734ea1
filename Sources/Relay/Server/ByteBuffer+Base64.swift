import EngineIO
import NIOCore

extension ByteBuffer {
    /// Writes `{"base64": "…"}`, which stands for bytes in a JSON that can have no attachments.
    mutating func writeBase64Object(_ bytes: ByteBuffer) {
        self.writeStaticString(#"{"base64":""#)
        Base64.encode(bytes, into: &self)
        self.writeStaticString("\"}")
    }
}
