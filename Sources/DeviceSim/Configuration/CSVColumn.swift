import Foundation
import Settings

/// A column of a CSV file (RFC 4180): the first line names the columns, values may be quoted.
enum CSVColumn {
    static let byteLimit = 10_000_000

    static func values(of column: String, inFile path: String) throws(PatternError) -> [Reading] {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: Self.byteLimit + 1)
        else { throw PatternError("cannot be read") }
        guard data.count <= Self.byteLimit, let text = String(validating: data, as: UTF8.self) else {
            throw PatternError("expected at most \(Self.byteLimit) bytes of UTF-8")
        }
        return try Self.values(of: column, in: text)
    }

    static func values(of column: String, in text: String) throws(PatternError) -> [Reading] {
        var records = Self.records(of: text)[...]
        let names = records.popFirst() ?? []
        guard let place = names.firstIndex(of: column) else {
            throw PatternError("has no column \"\(column)\"; there are \(names.prefix(20).joined(separator: ", "))")
        }
        let values = records.compactMap { $0.indices.contains(place) ? Self.reading($0[place]) : nil }
        guard !values.isEmpty else { throw PatternError("has no values in column \"\(column)\"") }
        return values
    }

    private static func reading(_ text: String) -> Reading {
        if let integer = Int64(text) { return .integer(integer) }
        return Double(text).map(Reading.decimal) ?? .text(text)
    }

    private static func records(of text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var (isQuoted, hasJustClosed) = (false, false)
        func endField() {
            record.append(String(decoding: field, as: UTF8.self))
            field = []
        }
        func endRecord() {
            endField()
            if record != [""] { records.append(record) }
            record = []
        }
        for byte in text.utf8 {
            defer { hasJustClosed = byte == UInt8(ascii: "\"") && !isQuoted }
            switch byte {
            case UInt8(ascii: "\""):
                // Two quotes within quotes are one.
                if hasJustClosed { field.append(byte) }
                isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: endField()
            case UInt8(ascii: "\n") where !isQuoted: endRecord()
            case UInt8(ascii: "\r") where !isQuoted: break
            default: field.append(byte)
            }
        }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        return records
    }
}
