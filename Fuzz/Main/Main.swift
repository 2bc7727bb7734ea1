import FuzzDrivers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// libFuzzer's entry point: one input, given to the driver that `RELAY_FUZZ_DRIVER` names. A broken promise ends the
/// process, so that libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(BrokenPromise) {
        try chosen.run(UnsafeBufferPointer(start: start, count: count).map { $0 })
    } catch {
        fatalError("\(chosen): \(error)")
    }
    return 0
}

private let chosen: FuzzDriver = {
    let name = getenv("RELAY_FUZZ_DRIVER").map { String(cString: $0) } ?? ""
    guard let driver = FuzzDriver(rawValue: name) else {
        fatalError("RELAY_FUZZ_DRIVER must be one of \(FuzzDriver.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return driver
}()
