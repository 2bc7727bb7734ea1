import EngineIO
import NIOCore
import SocketIO

func fuzzJSON(_ input: [UInt8]) throws(BrokenPromise) {
    let text = ByteBuffer(bytes: input)
    guard let json = try? JSON(validating: text) else {
        try promise(!text.isValidUTF8 || (try? JSON(validatingUTF8: text)) == nil, "both ways of checking agree")
        return
    }
    try promise((try? JSON(validating: json.bytes)) == json, "checked bytes check again to the same value")
    try checkAccessors(json, levels: 4)
    try checkArguments(text)
}

/// No accessor traps, at most one kind answers, and every child is a value by itself.
private func checkAccessors(_ json: JSON, levels: Int) throws(BrokenPromise) {
    let kinds = [
        json.isNull, json.isObject, json.isArray, json.bool != nil, json.double != nil, json.string != nil,
    ]
    try promise(kinds.count { $0 } <= 1, "a value is of one kind only: \(json)")
    _ = json.placeholder
    if let number = json.int { try promise(json.double == Double(number), "int and double agree: \(json)") }
    if let string = json.string {
        try promise(JSON(string).string == string, "a string survives being written and read")
    }
    try promise(json.isArray || json.elements == nil, "only arrays have elements")
    try promise(json.isObject || json.members == nil, "only objects have members")
    guard levels > 0 else { return }
    for element in json.elements ?? [] {
        try promise((try? JSON(validating: element.bytes)) == element, "an element is a value by itself")
        try checkAccessors(element, levels: levels - 1)
    }
    for (key, value) in (json.members ?? []).prefix(64) {
        try promise((try? JSON(validating: value.bytes)) == value, "a member's value is a value by itself")
        let last = json.members?.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
        try promise(json[key] == last, "the last member of a key counts")
        try checkAccessors(value, levels: levels - 1)
    }
}

private func checkArguments(_ text: ByteBuffer) throws(BrokenPromise) {
    guard let arguments = try? Arguments(parsing: text) else { return }
    for index in 0..<arguments.count {
        guard let argument = arguments[index] else { throw BrokenPromise(description: "argument \(index) is missing") }
        try promise((try? JSON(validating: argument.bytes)) == argument, "an argument is a value by itself")
        try promise(arguments.attachment(at: index) == nil, "without attachments no argument is one")
    }
    try promise(arguments[arguments.count] == nil && arguments[-1] == nil, "there is nothing beside the arguments")
    for count in 0...min(arguments.count + 1, 8) {
        var renamed = ByteBuffer(string: "[0")
        renamed.writeImmutableBuffer(arguments.tail(after: count))
        let again = try? Arguments(parsing: renamed)
        try promise(
            again?.count == 1 + max(0, arguments.count - count), "a tail makes an array again, nothing lost: \(count)")
    }
}
