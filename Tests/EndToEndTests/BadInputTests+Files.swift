extension BadInputTests {
  /// In files of data and weights.
  static let fileMistakes: [Mistake] = [
    Mistake(
      "a text cell", data: "a,b,y\n0.5,1,0\n1.5,two,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:2: column "b" has the text "two" where a number is needed
      """#),
    Mistake(
      "an empty cell", data: "a,b,y\n0.5,1,0\n1.5,,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:2: column "b" is empty where a number is needed
      """#),
    Mistake(
      "a short row", data: "a,b,y\n0.5,1,0\n1.5,2\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3: the row has 2 values where the header names 3
      """#),
    Mistake(
      "a long row", data: "a,b,y\n0.5,1,0\n1.5,2,1,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3: the row has 4 values where the header names 3
      """#),
    Mistake(
      "no rows", data: "a,b,y\n", exitCode: 65,
      #"""
      bptrain: d.csv: has a header but no rows
      """#),
    Mistake(
      "an empty data file", data: "", exitCode: 65,
      #"""
      bptrain: d.csv: is empty
      """#),
    Mistake(
      "a number too large", data: "a,b,y\n0.5,1,0\n1e99,2,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:1: column "a" has a number that is too large for float32
      """#),
    Mistake(
      "a number that is not finite in the data", data: "a,b,y\n0.5,1,0\nnan,2,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:1: column "a" has the value nan where a finite number is needed
      """#),
    Mistake(
      "a label outside the classes", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,3\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has the label 3 where a class number from 0 to 2 is needed (the last layer has 3 units)
      """#),
    Mistake(
      "a label outside the classes and a budget that is too small", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,3\n",
      arguments: ["--memory-budget", "1MiB"], exitCode: 65,
      #"""
      d.csv:4:3: column "y" has the label 3 where a class number from 0 to 2 is needed (the last layer has 3 units)
      """#),
    Mistake(
      "a label with a fraction", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,0.5\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has 0.5 where a class number (0, 1, 2, ...) is needed
      """#),
    Mistake(
      "a negative label", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,-1\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has -1 where a class number (0, 1, 2, ...) is needed
      """#),
    Mistake(
      "a target that is no column", in: [(#""target": "y""#, #""target": "label""#)], exitCode: 65,
      #"""
      d.csv:1: no column has the name "label" that the target was given; the columns are "a", "b", "y"
      """#),
    Mistake(
      "targets that are not the outputs",
      in: [("classification", "regression"), ("softmaxCrossEntropy", "meanSquaredError")],
      #"""
      c.json:3:55: model.layers.0.units: found 3 for the network's outputs, and the data have 1 target, allowed: 1
        "model": { "layers": [ { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a data file that is missing", in: [("d.csv", "e.csv")], exitCode: 66,
      #"""
      bptrain: e.csv: cannot be read: No such file or directory
      """#),
    Mistake(
      "a folder as a data file", in: [("d.csv", ".")], exitCode: 66,
      #"""
      bptrain: .: cannot be read: Is a directory
      """#),
    Mistake(
      "an endless device as an array",
      in: [
        (
          #""type": "csv", "path": "d.csv", "target": "y""#,
          #""type": "npy", "features": "/dev/zero", "targets": "y.npy""#
        )
      ],
      exitCode: 65,
      #"""
      bptrain: /dev/zero: is no NPY file: it does not begin with \x93NUMPY
      """#),
    Mistake(
      "a residual block that disagrees with the data",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          #"{ "type": "residual", "layers": [ { "type": "linear", "units": 3 } ] }"#
        )
      ],
      #"""
      c.json:3:89: model.layers.0.layers.0.units: found 3, and the residual block model.layers.0 adds the result to its input of 2 features, allowed: 2
        "model": { "layers": [ { "type": "residual", "layers": [ { "type": "linear", "units": 3 } ] } ] },
                                                                                              ^
      """#),
    Mistake(
      "an npy file that is none",
      in: [
        (#""type": "csv", "path": "d.csv", "target": "y""#, #""type": "npy", "features": "d.csv", "targets": "d.csv""#)
      ], exitCode: 65,
      #"""
      bptrain: d.csv: is no NPY file: it does not begin with \x93NUMPY
      """#),
    Mistake(
      "a weights file that is none", arguments: ["--weights", "d.csv"], exitCode: 65,
      #"""
      bptrain: d.csv: is no safetensors file: its header would take 3328171640178748513 bytes; at most 100000000 are read
      """#),
    Mistake(
      "a weights file that is missing", arguments: ["--weights", "w.safetensors"], exitCode: 66,
      #"""
      bptrain: w.safetensors: cannot be read: No such file or directory
      """#),
  ]
}
