/// Carries a value that only the loop's thread may touch through code that any thread may run.
///
/// `@unchecked Sendable`: the value is reached by ``MQTTLoop`` from its own thread alone, which ``MQTTLoop/onLoop(_:)``
/// checks.
struct LoopConfined<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
