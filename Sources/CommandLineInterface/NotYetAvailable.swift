/// What belongs to the program's interface and is not in this version: name, and what works instead. An entry is
/// deleted when the capability comes; help texts name none of them.
enum NotYetAvailable {
  static let commands: [(name: String, instead: String)] = [
    ("evaluate", "train tells the validation loss and accuracy of every epoch where data.validationFraction is set"),
    ("predict", "train --output DIR writes the weights as safetensors, which other programs read"),
    ("export", "train --output DIR writes the weights as safetensors"),
  ]

  static let options: [(name: String, instead: String)] = [
    ("--resume", "train --weights F.safetensors starts from saved parameters"),
    ("--model", "--weights F.safetensors starts from saved parameters"),
    ("--data", "--set data.path=FILE changes the data of a configuration"),
  ]
}

func notYetAvailableSentence(command: String) -> String? {
  guard let entry = NotYetAvailable.commands.first(where: { $0.name == command }) else { return nil }
  return "this version of bptrain does not have the command \"\(command)\" yet; instead, \(entry.instead)"
}

func notYetAvailableSentence(option: String) -> String? {
  guard let entry = NotYetAvailable.options.first(where: { $0.name == option }) else { return nil }
  return "this version of bptrain does not have the option \(option) yet; instead, \(entry.instead)"
}
