// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever builds Relay never builds this. Linux only: epoll and /proc.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "relay-benchmarks",
    products: [.executable(name: "relay-bench", targets: ["RelayBench"])],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")],
    targets: [
        // The program: starts brokers and servers, runs the rounds, prints the table.
        .executableTarget(
            name: "RelayBench",
            dependencies: [
                "LoadGenerator", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // Viewers, publisher and floor on one thread each, much cheaper than any server they measure.
        .target(name: "LoadGenerator", dependencies: ["CLinux"], swiftSettings: swiftSettings),

        // What the Glibc module leaves out.
        .systemLibrary(name: "CLinux"),

        .testTarget(name: "LoadGeneratorTests", dependencies: ["LoadGenerator"], swiftSettings: swiftSettings),
    ]
)
