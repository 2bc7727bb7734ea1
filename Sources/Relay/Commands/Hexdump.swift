import NIOCore

/// Bytes for people: sixteen a line, their place before them, what is printable behind.
enum Hexdump {
    private static let width = 16

    static func lines(of bytes: ByteBuffer) -> [String] {
        let all = Array(bytes.readableBytesView)
        return stride(from: 0, to: all.count, by: self.width).map { start in
            let line = all[start..<min(start + self.width, all.count)]
            let digits = line.map { self.hexadecimal($0, digits: 2) }.joined(separator: " ")
            let padding = String(repeating: " ", count: self.width * 3 - digits.utf8.count)
            let text = line.map { (0x20..<0x7f).contains($0) ? String(Unicode.Scalar($0)) : "." }.joined()
            return "\(self.hexadecimal(start, digits: 8))  \(digits)\(padding) |\(text)|"
        }
    }

    private static func hexadecimal(_ number: some BinaryInteger, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
