import CommandLineInterface
import Configuration
import SystemCalls

extension CommandLineInterface.ConfigurationOverride {
  /// The same for the configuration's reader. A strategy and a size of options of their own are text even where they
  /// look like JSON, but for null, which takes them away. A schedule file named by `--checkpoint` lies where the user
  /// is, not beside the configuration.
  ///
  /// - Throws: `UsageError` where the path can be none.
  func configurationOverride() throws -> Configuration.ConfigurationOverride {
    var text = value
    if isOwnOption, path == "checkpoint", value.hasPrefix("file:"), !value.hasPrefix("file:/") {
      text = "file:\(try currentFolder())/\(value.dropFirst(5))"
    }
    do throws(InvalidOverride) {
      return try Configuration.ConfigurationOverride(
        option: source, path: path, text: text,
        isString: isOwnOption && value != "null" && ["checkpoint", "activationBudget"].contains(path))
    } catch {
      throw UsageError(error.description)
    }
  }

  /// Whether an option of that name was given, rather than `--set` or a suite's `set`.
  private var isOwnOption: Bool { source.hasPrefix("--") && !source.hasPrefix("--set") }
}
