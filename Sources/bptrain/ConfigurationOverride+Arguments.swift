import CommandLineInterface
import Configuration

extension CommandLineInterface.ConfigurationOverride {
  /// The same for the configuration's reader. A strategy and a size are text even where they look like
  /// JSON.
  var configurationOverride: Configuration.ConfigurationOverride {
    Configuration.ConfigurationOverride(
      option: source, path: path.split(separator: ".", omittingEmptySubsequences: false).map(String.init), text: value,
      isString: path == "checkpoint" || path == "activationBudget")
  }
}
