import Configuration
import Testing

/// What is no JSON: the whole text that a user sees.
@Suite struct SyntaxMistakeTests {
  static let cases: [Mistake] = [
    Mistake(
      "empty file", "",
      #"""
      c.json:1:1: found an empty file, allowed: one object { … }
      """#),
    Mistake(
      "only a comment", "// nothing\n",
      #"""
      c.json:1:1: found an empty file, allowed: one object { … }
      // nothing
      ^
      """#),
    Mistake(
      "no object", "[1]",
      #"""
      c.json:1:1: found a list, allowed: an object
      [1]
      ^
      """#),
    Mistake(
      "missing comma", "{\n  \"data\": 1,\n  \"model\": 1,\n  \"seed\": 1\n  \"name\": \"a\"\n}",
      #"""
      c.json:2:11: data: found 1, allowed: an object whose "type" is one of "csv", "npy", "synthetic"
        "data": 1,
                ^
      c.json:3:12: model: found 1, allowed: an object
        "model": 1,
                 ^
      c.json:4:12: found no comma after the value, allowed: "," or "}"
        "seed": 1
                 ^
      """#),
    Mistake(
      "missing comma in a list", configuration(layers: #"[ { "type": "linear", "units": 3 } { "type": "relu" } ]"#),
      #"""
      c.json:2:56: model.layers: found no comma after the value, allowed: "," or "]"
      "model": { "layers": [ { "type": "linear", "units": 3 } { "type": "relu" } ] } }
                                                             ^
      """#),
    Mistake(
      "duplicate key", configuration("\"seed\": 1,\n\"seed\": 2"),
      #"""
      c.json:4:1: seed: found the key again, first given on line 3, allowed: each key once
      "seed": 2 }
      ^
      """#),
    Mistake(
      "duplicate key by an escape", configuration(#""seed": 1, "s\u0065ed": 2"#),
      #"""
      c.json:3:12: seed: found the key again, first given on line 3, allowed: each key once
      "seed": 1, "s\u0065ed": 2 }
                 ^
      """#),
    Mistake(
      "unterminated string", "{ \"name\": \"deep,\n  \"seed\": 1 }",
      #"""
      c.json:1:11: name: found a string that is not closed on its line, allowed: a closing " before the line ends
      { "name": "deep,
                ^
      """#),
    Mistake(
      "string open at the end", "{ \"name\": \"deep",
      #"""
      c.json:1:11: name: found a string that is not closed, allowed: a closing " before the file ends
      { "name": "deep
                ^
      """#),
    Mistake(
      "string open after a backslash", "{ \"name\": \"deep\\",
      #"""
      c.json:1:11: name: found a string that is not closed, allowed: a closing " before the file ends
      { "name": "deep\
                ^
      """#),
    Mistake(
      "unterminated comment", "{ /* open\n",
      #"""
      c.json:1:3: found a comment that is not closed, allowed: */ before the end of the file
      { /* open
        ^
      """#),
    Mistake(
      "half a comment", "{ / }",
      #"""
      c.json:1:3: found "/", allowed: // or /* before a comment
      { / }
        ^
      """#),
    Mistake(
      "object not closed", "{\n \"seed\": 1,\n",
      #"""
      c.json:3:1: found the end of the file, and the object opened on line 1 is not closed, allowed: "," or "}"
      """#),
    Mistake(
      "list not closed", "{ \"model\": [1, 2",
      #"""
      c.json:1:17: model: found the end of the file, and the list opened on line 1 is not closed, allowed: "," or "]"
      { "model": [1, 2
                      ^
      """#),
    Mistake(
      "no value", "{ \"model\":",
      #"""
      c.json:1:11: model: found the end of the file, allowed: a value
      { "model":
                ^
      """#),
    Mistake(
      "no colon at the end", "{ \"model\"",
      #"""
      c.json:1:10: model: found the end of the file, allowed: ":" and a value
      { "model"
               ^
      """#),
    Mistake(
      "wrong bracket", "{ \"model\": [1, 2} }",
      #"""
      c.json:1:17: model: found "}", allowed: "," or "]"
      { "model": [1, 2} }
                      ^
      """#),
    Mistake(
      "after the end", configuration() + "\n}",
      #"""
      c.json:3:1: found "}" after the end of the value, allowed: nothing but comments
      }
      ^
      """#),
    Mistake(
      "strange character", "{ \"seed\": § }",
      #"""
      c.json:1:11: seed: found "§", allowed: a value
      { "seed": § }
                ^
      """#),
    Mistake(
      "control character outside", "{ \u{7} }",
      #"""
      c.json:1:3: found the character U+0007, allowed: a key in double quotes or "}"
      { � }
        ^
      """#),
    Mistake(
      "unknown escape", configuration(#""name": "a\qb""#),
      #"""
      c.json:3:11: name: found the escape \q, allowed: \" \\ \/ \b \f \n \r \t and \u with four hexadecimal digits
      "name": "a\qb" }
                ^
      """#),
    Mistake(
      "lone surrogate", configuration(#""name": "\ud83d!""#),
      #"""
      c.json:3:10: name: found the lone surrogate \uD83D, allowed: surrogates in pairs
      "name": "\ud83d!" }
               ^
      """#),
    Mistake(
      "lone second surrogate", configuration(#""name": "\ud83d\u0041""#),
      #"""
      c.json:3:10: name: found the lone surrogate \uD83D, allowed: surrogates in pairs
      "name": "\ud83d\u0041" }
               ^
      """#),
    Mistake(
      "short escape", configuration(#""name": "\u12""#),
      #"""
      c.json:3:10: name: found \u without four hexadecimal digits, allowed: \u0000 to \uFFFF
      "name": "\u12" }
               ^
      """#),
    Mistake(
      "control character", configuration("\"name\": \"a\tb\""),
      #"""
      c.json:3:11: name: found the control character U+0009 in a string, allowed: \u0009
      "name": "a b" }
                ^
      """#),
    Mistake(
      "bare word", configuration("\"precision\": float32"),
      #"""
      c.json:3:14: precision: found float32, allowed: a string in double quotes, "float32"
      "precision": float32 }
                   ^
      """#),
    Mistake(
      "not a number", configuration(#""optimizer": { "type": "sgd", "learningRate": NaN }"#),
      #"""
      c.json:3:47: optimizer.learningRate: found NaN, allowed: a finite number
      "optimizer": { "type": "sgd", "learningRate": NaN } }
                                                    ^
      """#),
    Mistake(
      "minus infinity", configuration(#""optimizer": { "type": "sgd", "learningRate": -Infinity }"#),
      #"""
      c.json:3:47: optimizer.learningRate: found -Infinity, allowed: a finite number
      "optimizer": { "type": "sgd", "learningRate": -Infinity } }
                                                    ^
      """#),
    Mistake(
      "another true", configuration(#""training": { "shuffle": True }"#),
      #"""
      c.json:3:26: training.shuffle: found True, allowed: true
      "training": { "shuffle": True } }
                               ^
      """#),
    Mistake(
      "another null", configuration(#""threads": None"#),
      #"""
      c.json:3:12: threads: found None, allowed: null, or a string in double quotes
      "threads": None }
                 ^
      """#),
    Mistake(
      "leading zero", configuration(#""seed": 01"#),
      #"""
      c.json:3:9: seed: found 01, allowed: a decimal number such as 10, -0.5 or 1e-3
      "seed": 01 }
              ^
      """#),
    Mistake(
      "plus sign", configuration(#""seed": +1"#),
      #"""
      c.json:3:9: seed: found +1, allowed: a decimal number such as 10, -0.5 or 1e-3
      "seed": +1 }
              ^
      """#),
    Mistake(
      "hexadecimal", configuration(#""seed": 0x10"#),
      #"""
      c.json:3:9: seed: found 0x10, allowed: a decimal number such as 10, -0.5 or 1e-3
      "seed": 0x10 }
              ^
      """#),
    Mistake(
      "no leading digit", configuration(#""threads": .5"#),
      #"""
      c.json:3:12: threads: found .5, allowed: a decimal number such as 10, -0.5 or 1e-3
      "threads": .5 }
                 ^
      """#),
    Mistake(
      "number out of range", configuration(#""optimizer": { "type": "sgd", "learningRate": 1e999 }"#),
      #"""
      c.json:3:47: optimizer.learningRate: found 1e999, allowed: numbers up to 1.7976931348623157e+308
      "optimizer": { "type": "sgd", "learningRate": 1e999 } }
                                                    ^
      """#),
    Mistake(
      "number too near 0", configuration(#""optimizer": { "type": "sgd", "learningRate": 1e-999 }"#),
      #"""
      c.json:3:47: optimizer.learningRate: found 1e-999, allowed: 0 or numbers from 5e-324
      "optimizer": { "type": "sgd", "learningRate": 1e-999 } }
                                                    ^
      """#),
    Mistake(
      "endless number", configuration("\"seed\": " + String(repeating: "9", count: 1001)),
      #"""
      c.json:3:9: seed: found a number of 1001 characters, allowed: at most 1000
      "seed": 9999999999999999999999999999999999999999…
              ^
      """#),
    Mistake(
      "single quotes", configuration("'seed': 1,\n\"name\": 'x'"),
      #"""
      c.json:3:1: found the key 'seed', allowed: double quotes
      'seed': 1,
      ^
      c.json:4:9: name: found the string 'x', allowed: double quotes
      "name": 'x' }
              ^
      """#),
    Mistake(
      "bare key", configuration("seed: 1"),
      #"""
      c.json:3:1: found the key seed without quotes, allowed: "seed"
      seed: 1 }
      ^
      """#),
    Mistake(
      "equals sign", configuration("\"seed\" = 1"),
      #"""
      c.json:3:8: seed: found "=" after the key, allowed: ":"
      "seed" = 1 }
             ^
      """#),
    Mistake(
      "no colon", configuration("\"seed\" 1"),
      #"""
      c.json:3:7: seed: found no colon after the key, allowed: ":"
      "seed" 1 }
            ^
      """#),
    Mistake(
      "two commas", configuration("\"seed\": 1,,"),
      #"""
      c.json:3:11: found a comma with nothing before it, allowed: one comma after each value
      "seed": 1,, }
                ^
      """#),
    Mistake(
      "deep nesting", String(repeating: "[", count: 70),
      #"""
      c.json:1:65: 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0: found brackets nested 65 deep, allowed: at most 64
      [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
                                                                      ^
      """#),
    Mistake(
      "column after a tab", configuration("\t\"seed\":\t-1"),
      #"""
      c.json:3:10: seed: found -1, allowed: an integer from 0 to 9223372036854775807
       "seed": -1 }
               ^
      """#),
    Mistake(
      "column in characters", configuration(#"/* 👩‍👩‍👧é */ "seed": -1"#),
      #"""
      c.json:3:18: seed: found -1, allowed: an integer from 0 to 9223372036854775807
      /* 👩‍👩‍👧é */ "seed": -1 }
                       ^
      """#),
    Mistake(
      "long line",
      configuration(
        "/*" + String(repeating: "x", count: 300) + "*/ \"seed\": -1 /*" + String(repeating: "y", count: 300) + "*/"),
      #"""
      c.json:3:314: seed: found -1, allowed: an integer from 0 to 9223372036854775807
      …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx*/ "seed": -1 /*yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
                                                                   ^
      """#),
    Mistake(
      "carriage returns", "{\r\n\"seed\": -1,\r\n\"data\": 1, \"model\": 1 }",
      #"""
      c.json:2:9: seed: found -1, allowed: an integer from 0 to 9223372036854775807
      "seed": -1,
              ^
      c.json:3:9: data: found 1, allowed: an object whose "type" is one of "csv", "npy", "synthetic"
      "data": 1, "model": 1 }
              ^
      c.json:3:21: model: found 1, allowed: an object
      "data": 1, "model": 1 }
                          ^
      """#),
  ]

  @Test(arguments: cases) func message(of mistake: Mistake) {
    #expect(mistakes(mistake.text) == mistake.message)
  }
}
