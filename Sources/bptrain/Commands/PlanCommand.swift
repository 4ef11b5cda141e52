import CommandLineInterface
import ComputationGraph
import Configuration
import Reporting
import SystemCalls
import Training

/// `bptrain plan`: everything up to the first multiplication, told instead of done.
func runPlan(_ arguments: ParsedArguments) throws {
  let parsed = try readConfiguration(of: arguments)
  let report = try ComputeThread().run { () throws -> RunReport in
    switch parsed.configuration.precision {
    case .float32: try PreparedRun<Float>(parsed, arguments: arguments, trains: true).report(command: .plan)
    case .float64: try PreparedRun<Double>(parsed, arguments: arguments, trains: true).report(command: .plan)
    }
  }
  try publish(report, arguments)
}
