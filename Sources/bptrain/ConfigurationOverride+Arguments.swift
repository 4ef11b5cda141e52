import CommandLineInterface
import Configuration
import SystemCalls

extension CommandLineInterface.ConfigurationOverride {
  /// The same for the configuration's reader. A strategy and a size are text even where they look like JSON, but
  /// for null, which takes them away. A schedule file named by `--checkpoint` lies where the user is, not beside the
  /// configuration.
  func configurationOverride() throws -> Configuration.ConfigurationOverride {
    var text = value
    if isOwnOption, path == "checkpoint", value.hasPrefix("file:"), !value.hasPrefix("file:/") {
      text = "file:\(try currentFolder())/\(value.dropFirst(5))"
    }
    return Configuration.ConfigurationOverride(
      option: source, path: path.split(separator: ".", omittingEmptySubsequences: false).map(String.init), text: text,
      isString: value != "null" && ["checkpoint", "activationBudget"].contains(path))
  }

  /// Whether an option of that name was given, rather than `--set`.
  private var isOwnOption: Bool { !source.hasPrefix("--set") }
}
