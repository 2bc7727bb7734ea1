// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0470-isolated-conformances.md
    .enableUpcomingFeature("InferIsolatedConformances"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0481-weak-let.md
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioLocks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "relay",
    products: [
        .executable(name: "relay", targets: ["Relay"]),
        .executable(name: "device-sim", targets: ["DeviceSim"]),
        .executable(name: "game-room", targets: ["GameRoom"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Programs
        .executableTarget(
            name: "Relay",
            dependencies: [
                "EngineIO", "SocketIO", "SocketIOServer", "SocketIOClient", "MQTT", "Game", "Settings", "CLinux", "CPages", "CZlib",
                nioCore, nioPosix, nioHTTP1, nioLocks, collections, logging, lifecycle, unixSignals, arguments, nioWebSocket,
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "DeviceSim",
            dependencies: [
                "MQTT", "SocketIO", "SocketIOClient", "Simulator", "Settings", "Seeding", nioCore, nioPosix, nioLocks, heap,
                deque, arguments, histogram,
            ],
            resources: [.embedInCode("Scenarios")],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "GameRoom",
            dependencies: [
                "EngineIO", "Game", "MQTT", "SocketIO", "SocketIOClient", "Simulator", "Settings", "Seeding", nioCore,
                nioPosix, heap, arguments, histogram,
            ],
            swiftSettings: swiftSettings),

        // Servers and clients
        .target(
            name: "SocketIOServer",
            dependencies: [
                "EngineIO", "SocketIO", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioLocks, collections, logging,
                lifecycle,
            ],
            swiftSettings: swiftSettings),
        .target(
            name: "SocketIOClient",
            dependencies: ["EngineIO", "SocketIO", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioLocks, logging],
            swiftSettings: swiftSettings),
        .target(
            name: "Simulator",
            dependencies: ["Settings", "Seeding", nioCore, unixSignals, arguments, histogram],
            swiftSettings: swiftSettings),
        .target(name: "Settings", dependencies: [yams], swiftSettings: swiftSettings),
        .target(
            name: "MQTT",
            dependencies: ["CMosquitto", nioCore, nioLocks, heap, deque],
            swiftSettings: swiftSettings),

        // Protocols and rules, pure: values and state machines, no I/O
        .target(name: "Game", dependencies: ["SocketIO", "Seeding", nioCore], swiftSettings: swiftSettings),
        .target(name: "SocketIO", dependencies: ["EngineIO", nioCore], swiftSettings: swiftSettings),
        .target(name: "EngineIO", dependencies: [nioCore], swiftSettings: swiftSettings),
        .target(name: "Seeding", swiftSettings: swiftSettings),

        .target(name: "CPages", exclude: ["site"]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["CLinux", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioLocks],
            path: "Tests/Support",
            swiftSettings: swiftSettings),
        .target(
            name: "FuzzDrivers",
            dependencies: ["Game", "SocketIO", "EngineIO", nioCore],
            path: "Fuzz/Drivers",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "EngineIOTests", dependencies: ["EngineIO", "FuzzDrivers", nioCore], swiftSettings: swiftSettings),
        .testTarget(
            name: "SocketIOTests",
            dependencies: ["SocketIO", "EngineIO", "FuzzDrivers", nioCore],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GameTests", dependencies: ["Game", "SocketIO", "Seeding", nioCore], swiftSettings: swiftSettings),
        .testTarget(
            name: "SocketIOServerTests",
            dependencies: ["SocketIOServer", "TestSupport", nioCore, nioLocks, logging],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SocketIOClientTests",
            dependencies: [
                "Relay", "SocketIOClient", "SocketIO", "EngineIO", "TestSupport", nioCore, nioPosix, nioHTTP1,
                nioWebSocket,
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "MQTTTests",
            dependencies: ["MQTT", "TestSupport", nioCore, nioLocks, logging],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "RelayTests",
            dependencies: [
                "Relay", "SocketIOServer", "SocketIO", "Game", "MQTT", "Settings", "Seeding", "TestSupport", nioCore,
                nioLocks, logging,
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Relay", "TestSupport", nioLocks], swiftSettings: swiftSettings),
        .testTarget(
            name: "InteropTests", dependencies: ["Relay", "Seeding", "TestSupport", nioLocks], swiftSettings: swiftSettings),
        .testTarget(
            name: "DeviceSimTests",
            dependencies: [
                "DeviceSim", "MQTT", "Simulator", "Settings", "Seeding", "TestSupport", nioCore, nioLocks, arguments,
                histogram,
            ],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "GameRoomTests",
            dependencies: [
                "GameRoom", "Game", "SocketIO", "SocketIOClient", "Simulator", "Settings", "Seeding", "TestSupport", nioCore,
                arguments,
            ],
            swiftSettings: swiftSettings),
    ]
)

// Fuzz/run sets this: without the fuzzing runtime the program has no entry point.
if Context.environment["RELAY_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzDrivers"], path: "Fuzz/Main", swiftSettings: swiftSettings))
}
