import Foundation

/// One number of a report, by its way through the report's JSON: `viewers.latencyMs.p99`. What stands in a list bears the
/// name of its item.
package struct Figure: Equatable, Sendable {
    package let path: [String]
    /// Of the item in a list: what it is (`stage` of `stages`) and its name; nil outside of lists.
    package let item: Item?
    package let value: Double

    package struct Item: Equatable, Sendable {
        package let kind: String
        package let name: String
    }

    /// Every number and truth value, in the order of the paths; what is text is left out.
    static func all(in json: Any) -> [Figure] {
        return Self.collect(json, path: [], item: nil).sorted {
            ($0.path.joined(separator: "."), $0.item?.name ?? "") < (
                $1.path.joined(separator: "."), $1.item?.name ?? ""
            )
        }
    }

    private static func collect(_ json: Any, path: [String], item: Item?) -> [Figure] {
        switch json {
        case let members as [String: Any]:
            return members.flatMap { Self.collect($0.value, path: path + [$0.key], item: item) }
        case let items as [Any]:
            return items.enumerated().flatMap { index, element in
                let name = (element as? [String: Any])?["name"] as? String ?? String(index + 1)
                return Self.collect(element, path: path, item: Item(kind: Self.singular(path.last ?? ""), name: name))
            }
        case let number as NSNumber:
            return [Figure(path: path, item: item, value: number.doubleValue)]
        default:
            return []
        }
    }

    private static func singular(_ list: String) -> String {
        return list.hasSuffix("s") ? String(list.dropLast()) : list
    }

    fileprivate var number: String {
        return Int64(exactly: self.value).map(String.init) ?? String(self.value)
    }

    /// `viewers.latencyMs.p99` as `viewers_latency_ms_p99`.
    fileprivate var metric: String {
        return self.path.map { word in
            word.reduce(into: "") { text, character in
                if character.isUppercase, !text.isEmpty { text += "_" }
                text += character.lowercased()
            }
        }.joined(separator: "_")
    }
}

extension [Figure] {
    /// A line for each figure: `metric,item,value`, under a line with these names (RFC 4180).
    package var csv: String {
        let lines = self.map { figure in
            "\(figure.path.joined(separator: ".")),\(Self.quoted(figure.item?.name ?? "")),\(figure.number)"
        }
        return (["metric,item,value"] + lines).joined(separator: "\r\n") + "\r\n"
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// Prometheus text: a gauge for each figure, items as labels.
    package var prometheus: String {
        var text = ""
        var last = ""
        for figure in self {
            let name = "simulator_" + figure.metric
            if name != last { text += "# TYPE \(name) gauge\n" }
            last = name
            let labels = figure.item.map { "{\($0.kind)=\"\(Self.escaped($0.name))\"}" } ?? ""
            text += "\(name)\(labels) \(figure.number)\n"
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
