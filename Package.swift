// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// An import only goes down this list.
let package = Package(
  name: "bptrain",
  targets: [
    .executableTarget(
      name: "bptrain",
      dependencies: [
        "CommandLineInterface", "Reporting", "Explanation", "Training", "Configuration", "CostModel", "Profiling",
        "Execution", "ExecutionPlanning", "Kernels", "ArenaMemory", "SystemCalls", "Checkpointing", "ComputationGraph",
      ],
      swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
    .executableTarget(
      name: "bptrain-kernel-benchmark", dependencies: ["Kernels", "ComputationGraph", "SystemCalls"],
      path: "Benchmarks/KernelBenchmark", swiftSettings: settings),
    .executableTarget(
      name: "bptrain-benchmarks",
      dependencies: [
        "Training", "CostModel", "Profiling", "Configuration", "Execution", "ExecutionPlanning", "Kernels",
        "ArenaMemory",
        "SystemCalls", "Checkpointing", "ComputationGraph",
      ],
      path: "Benchmarks/TrainingBenchmark", swiftSettings: settings),
    .target(name: "CommandLineInterface", dependencies: ["Checkpointing"], swiftSettings: settings),
    .target(
      name: "Reporting",
      dependencies: [
        "Explanation", "Training", "CostModel", "Profiling", "Configuration", "ExecutionPlanning", "Kernels",
        "Checkpointing", "SystemCalls", "ComputationGraph",
      ],
      swiftSettings: settings),
    .target(
      name: "Explanation",
      dependencies: [
        "Training", "ExecutionPlanning", "Differentiation", "Kernels", "ArenaMemory", "SystemCalls", "Checkpointing",
        "ComputationGraph",
      ],
      swiftSettings: settings),
    .target(
      name: "Training",
      dependencies: [
        "CostModel", "Execution", "Profiling", "Configuration", "ExecutionPlanning", "Differentiation", "Kernels",
        "ArenaMemory", "SystemCalls", "Checkpointing", "BufferPlacement", "ComputationGraph",
      ],
      swiftSettings: settings),
    .target(
      name: "Configuration", dependencies: ["Checkpointing", "ComputationGraph"], swiftSettings: settings),
    .target(
      name: "CostModel",
      dependencies: ["ExecutionPlanning", "Kernels", "ArenaMemory", "SystemCalls", "ComputationGraph"],
      swiftSettings: settings),
    .target(
      name: "Profiling", dependencies: ["Execution", "ExecutionPlanning", "SystemCalls"],
      swiftSettings: settings),
    .target(
      name: "Execution",
      dependencies: ["ExecutionPlanning", "ArenaMemory", "Kernels", "SystemCalls", "ComputationGraph"],
      swiftSettings: settings),
    .target(
      name: "ExecutionPlanning",
      dependencies: [
        "Differentiation", "SystemCalls", "Checkpointing", "BufferPlacement", "RandomNumbers", "ComputationGraph",
      ],
      swiftSettings: settings),
    .target(name: "Differentiation", dependencies: ["ComputationGraph"], swiftSettings: settings),
    .target(
      name: "Kernels", dependencies: ["ComputationGraph", "SystemCalls", "COneDNN"], swiftSettings: settings),
    .target(name: "ArenaMemory", dependencies: ["CJemalloc", "SystemCalls"], swiftSettings: settings),
    .target(name: "SystemCalls", swiftSettings: settings),
    .target(name: "Checkpointing", dependencies: ["RandomNumbers", "SystemCalls"], swiftSettings: settings),
    .target(name: "BufferPlacement", dependencies: ["RandomNumbers"], swiftSettings: settings),
    .target(name: "RandomNumbers", swiftSettings: settings),
    .target(name: "ComputationGraph", swiftSettings: settings),
    .target(name: "CJemalloc", linkerSettings: [.linkedLibrary("jemalloc")]),
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),

    .testTarget(
      name: "CommandLineInterfaceTests", dependencies: ["CommandLineInterface", "Checkpointing"],
      swiftSettings: settings),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "TestSupport", "Reporting", "Training", "CostModel", "Profiling", "Configuration", "ExecutionPlanning",
        "Kernels",
        "Checkpointing", "ComputationGraph", "SystemCalls",
      ],
      exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "ExplanationTests",
      dependencies: [
        "TestSupport", "Explanation", "ExecutionPlanning", "Reporting", "Training", "Kernels", "ArenaMemory",
        "Checkpointing",
        "ComputationGraph",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "TestSupport", "Training", "Execution", "ExecutionPlanning", "Configuration", "Kernels", "ArenaMemory",
        "SystemCalls",
        "Checkpointing", "RandomNumbers", "ComputationGraph",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: [
        "TestSupport", "Configuration", "Checkpointing", "RandomNumbers", "ComputationGraph", "SystemCalls",
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport",
      dependencies: [
        "Training", "Execution", "ExecutionPlanning", "Differentiation", "Kernels", "ArenaMemory", "SystemCalls",
        "Checkpointing", "RandomNumbers", "ComputationGraph",
      ],
      path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
      name: "ExecutionTests",
      dependencies: [
        "TestSupport", "Training", "Execution", "ExecutionPlanning", "Kernels", "ArenaMemory", "SystemCalls",
        "Checkpointing", "RandomNumbers", "ComputationGraph",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ExecutionPlanningTests",
      dependencies: [
        "TestSupport", "Training", "Configuration", "ExecutionPlanning", "Differentiation", "Kernels", "SystemCalls",
        "Checkpointing", "RandomNumbers", "ComputationGraph",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CostModelTests",
      dependencies: [
        "TestSupport", "CostModel", "Training", "ExecutionPlanning", "Differentiation", "Kernels", "SystemCalls",
        "Checkpointing", "RandomNumbers", "ComputationGraph",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DifferentiationTests", dependencies: ["Differentiation", "ComputationGraph"], swiftSettings: settings),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "ArenaMemory", "ComputationGraph", "SystemCalls"],
      swiftSettings: settings),
    .testTarget(name: "ArenaMemoryTests", dependencies: ["ArenaMemory", "SystemCalls"], swiftSettings: settings),
    .testTarget(
      name: "SystemCallsTests", dependencies: ["TestSupport", "SystemCalls"], swiftSettings: settings),
    .testTarget(name: "CheckpointingTests", dependencies: ["Checkpointing", "RandomNumbers"], swiftSettings: settings),
    .testTarget(
      name: "BufferPlacementTests", dependencies: ["BufferPlacement", "SystemCalls", "RandomNumbers"],
      exclude: ["Fixtures"],
      swiftSettings: settings),
    .testTarget(name: "ComputationGraphTests", dependencies: ["ComputationGraph"], swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "ComputationGraph", "Configuration", "Checkpointing", "Kernels", "SystemCalls", "TestSupport", "RandomNumbers",
      ],
      exclude: ["clients.txt"], swiftSettings: settings),
  ]
)
