/// Blueprints: which rule decides a tensor, what integers hold, and that no file makes the reader throw.
module Initializers.Properties.BlueprintTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private parse (json: string) =
    Blueprint.parse "m.json" (ReadOnlyMemory(Encoding.UTF8.GetBytes json))

let private planOf dtype json =
    parse json |> Result.bind (Blueprint.plan None dtype)

let private specs (json: string) =
    ok (planOf None json)
    |> List.map (fun t -> t.Entry.Name, SpecText.toText t.Spec)

let private integers =
    [ IntegerType.Bool, 0.0, 1.0
      IntegerType.I8, -128.0, 127.0
      IntegerType.I16, -32768.0, 32767.0
      IntegerType.I32, -2147483648.0, 2147483647.0
      // A constant is a float64, which tells integers apart up to 2^53 - 1.
      IntegerType.I64, -9007199254740991.0, 9007199254740991.0
      IntegerType.U8, 0.0, 255.0
      IntegerType.U16, 0.0, 65535.0
      IntegerType.U32, 0.0, 4294967295.0
      IntegerType.U64, 0.0, 9007199254740991.0 ]

/// A short name over a small alphabet, so that patterns match often.
type Name = Name of string
/// A glob over the same alphabet.
type GlobText = GlobText of string
/// A blueprint with slips.
type MutatedBlueprint = MutatedBlueprint of string

let private blueprint =
    """{"name": "m", "tensors": {
  "conv.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]}, "conv.bias": {"dtype": "BF16", "shape": [8]},
  "bn.num": {"dtype": "I64", "shape": []}},
 "rules": [
  {"regex": "^conv\\.w", "rank": 4, "dtype": "F32", "spec": {"initializer": "he_normal"}, "layout": "oihw"},
  {"pattern": "*.bias", "spec": "uniform(low=-1, high=1)"},
  {"pattern": "bn.*", "spec": {"class_name": "Constant", "config": {"value": 3}}, "fan_in": 2, "fan_out": 1.5}]}"""

type BlueprintGenerators =
    static member Name() =
        // Two characters of two UTF-16 units each that share the first.
        Gen.elements [ "a"; "b"; "."; "\n"; "🙂"; "🙃" ]
        |> Gen.listOf
        |> Gen.map (String.concat "" >> Name)
        |> Arb.fromGen

    static member GlobText() =
        Gen.elements [ "a"; "b"; "."; "*"; "?"; "🙂"; "🙃" ]
        |> Gen.listOf
        |> Gen.map (String.concat "" >> GlobText)
        |> Arb.fromGen

    static member MutatedBlueprint() =
        Gen.constant blueprint
        |> SpecJsonTests.mutations
        |> Gen.map MutatedBlueprint
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Generators>; typeof<BlueprintGenerators> |])>]
module Properties =
    [<Property(MaxTest = 1000)>]
    let ``a glob is the regular expression of its characters`` (GlobText glob) (Name name) =
        // With one UTF-16 unit for each code point, as .NET's expressions count them.
        let narrow (text: string) =
            text.Replace("🙂", "x").Replace("🙃", "y")

        let regex =
            @"\A(?s:"
            + Regex.Escape(narrow glob).Replace(@"\*", ".*").Replace(@"\?", ".")
            + @")\z"

        ok (Pattern.compile (Pattern.Glob glob)) name = ok (Pattern.compile (Pattern.Regex regex)) (narrow name)

    [<Property(MaxTest = 1000)>]
    let ``the first rule that matches decides`` (globs: GlobText list) (Name name) =
        let globs = (globs |> List.map (fun (GlobText g) -> g)) @ [ "*" ]

        let model =
            { Source = "m"
              Layouts = Map.empty
              Elsewhere = Ok []
              Tensors =
                [ { Name = name
                    Shape = shapeOf [ 2L ]
                    Storage = Storage.Float DType.Float32 } ]
              Rules =
                RuleSource.Rules(
                    Recipe.ofRules (globs |> List.mapi (fun i g -> Rule.ofGlob g (Spec.constant (float i))))
                ) }

        let expected =
            globs |> List.findIndex (fun g -> ok (Pattern.compile (Pattern.Glob g)) name)

        match Blueprint.plan None None model with
        | Ok [ t ] -> globs.Length = 1 && t.Spec = Spec.constant 0.0
        | Ok _ -> false
        | Error faults ->
            // Every rule but the deciding one is reported as unused.
            faults =
                (globs
                 |> List.indexed
                 |> List.filter (fun (i, _) -> i <> expected)
                 |> List.map (fun (_, g) -> InitError.RuleUnused(g, None)))

    [<Property(MaxTest = 1000)>]
    let ``no text makes a regular expression throw`` (AnyText text) =
        match Pattern.compile (Pattern.Regex text) with
        | Ok test ->
            test "h.0.attn.c_attn.weight" |> ignore
            true
        | Error faults -> faults |> List.map InitError.code = [ "pattern-invalid" ]

    [<Property(MaxTest = 3000)>]
    let ``no slip in a blueprint makes reading or planning throw`` (MutatedBlueprint json) =
        match planOf None json with
        | Ok _ -> true
        | Error faults -> not faults.IsEmpty && faults |> List.forall (fun f -> InitError.message f <> "")

    [<Property(MaxTest = 1000)>]
    let ``no bytes make reading throw`` (bytes: byte[]) (at: NonNegativeInt) =
        let whole = Encoding.UTF8.GetBytes blueprint
        let start = at.Get % whole.Length

        let spliced =
            Array.concat
                [ whole[.. start - 1]
                  bytes
                  whole[min whole.Length (start + bytes.Length) ..] ]

        [ bytes; spliced ]
        |> List.forall (fun b ->
            match Blueprint.parse "m" (ReadOnlyMemory b) with
            | Ok _ -> true
            | Error faults -> not faults.IsEmpty)

    [<Property(MaxTest = 1000)>]
    let ``a text is read as its UTF-8, and no text makes reading throw`` (AnyText text) (MutatedBlueprint json) =
        [ text; json; json + text; text + json ]
        |> List.forall (fun text ->
            match Blueprint.parseText "m" text with
            | Error [ InitError.JsonSyntax _ ] when not (Names.isUnicode text) -> true
            | read -> read = Blueprint.parse "m" (ReadOnlyMemory(Encoding.UTF8.GetBytes text)))

    [<Property(MaxTest = 2000)>]
    let ``an integer type holds whole numbers of its range and nothing else`` (x: float) (n: int) =
        integers
        |> List.forall (fun (integer, least, greatest) ->
            [ x; float n; Math.Floor x; infinity; nan ]
            |> List.forall (fun value ->
                let fits = Math.Floor value = value && value >= least && value <= greatest

                match Storage.bits integer value with
                | Ok bits ->
                    let size = Storage.size (Storage.Integer integer)
                    let shift = 64 - 8 * size

                    let back =
                        if least < 0.0 then
                            float (int64 (bits <<< shift) >>> shift)
                        else
                            float bits

                    fits && back = value && (size = 8 || bits < (1UL <<< (8 * size)))
                | Error faults -> not fits && faults |> List.map InitError.code = [ "not-exact" ]))

[<Fact>]
let ``an integer type holds its least and greatest and not their neighbours`` () =
    for integer, least, greatest in integers do
        for value in [ least; greatest; -0.0 ] do
            Assert.True((Storage.bits integer value).IsOk, $"{integer} {value}")

        for value in
            [ least - max 1.0 (abs least * 1.0e-15)
              greatest + max 1.0 (greatest * 2.0e-16)
              0.5 ] do
            Assert.Equal<string list>([ "not-exact" ], codes (Storage.bits integer value))

[<Fact>]
let ``storage types read what they write, and PyTorch's names`` () =
    let all =
        (dtypes |> List.map Storage.Float)
        @ (integers |> List.map (fun (i, _, _) -> Storage.Integer i))

    for storage in all do
        Assert.Equal(storage, ok (Storage.parse (Storage.toText storage)))

    Assert.Equal(Storage.Integer IntegerType.I64, ok (Storage.parse "torch.int64"))
    Assert.Equal(Storage.Integer IntegerType.Bool, ok (Storage.parse "bool"))

    for text in [ "C128"; "C64"; "F6_E2M3"; "float8_e4m3"; ""; "int" ] do
        Assert.Equal<string list>([ "dtype-unknown" ], codes (Storage.parse text))

[<Fact>]
let ``rank, dtype and regular expressions choose, and laws pass integers by`` () =
    let json =
        """{"tensors": {
          "a.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]}, "b.weight": {"dtype": "F16", "shape": [8, 4]},
          "c.weight": {"dtype": "F32", "shape": [8]}, "steps": {"dtype": "I64", "shape": []},
          "mask": {"dtype": "BOOL", "shape": [5]}},
        "rules": [
          {"regex": "weight$", "rank": 4, "spec": "normal(stddev=4)"},
          {"pattern": "*", "dtype": "F16", "spec": "normal(stddev=2)"},
          {"regex": "^m.sk", "spec": "ones"},
          {"pattern": "*", "spec": {"initializer": "normal", "stddev": 1}},
          {"pattern": "*", "spec": "constant(7)"}]}"""

    Assert.Equal<(string * string) list>(
        [ "a.weight", "normal(mean=0, stddev=4)"
          "b.weight", "normal(mean=0, stddev=2)"
          "c.weight", "normal(mean=0, stddev=1)"
          "steps", "constant(value=7)"
          "mask", "ones" ],
        specs json
    )

    // A dtype for all tensors leaves integers, and what a rule's dtype sees, as they are.
    let planned = ok (planOf (Some(Storage.Float DType.BFloat16)) json)

    Assert.Equal<string list>(
        [ "BF16"; "BF16"; "BF16"; "I64"; "BOOL" ],
        planned |> List.map (fun t -> Storage.toText t.Entry.Storage)
    )

    Assert.Equal<Content list>(
        [ Content.Integers 7UL; Content.Integers 1UL ],
        planned |> List.map _.Content |> List.skip 3
    )

[<Fact>]
let ``a question mark is one code point`` () =
    let matches glob =
        ok (Pattern.compile (Pattern.Glob glob))

    Assert.True(matches "?" "🙂")
    Assert.False(matches "??" "🙂")
    Assert.True(matches "*?b" "a🙂b")
    Assert.False(matches "🙃*" "🙂")

[<Fact>]
let ``a rule that passes integers by says so, and where nothing is passed by does not`` () =
    let unused json =
        match planOf None json with
        | Error faults ->
            faults
            |> List.choose (function
                | InitError.RuleUnused(pattern, passedBy) -> Some(pattern, passedBy)
                | _ -> None)
        | Ok _ -> []

    let tensors =
        """{"tensors": {"a": {"dtype": "I64", "shape": [2]}, "b": {"dtype": "F32", "shape": [2]}}, "rules": ["""

    Assert.Equal<(string * string option) list>(
        [ "a", Some "a"; "c", None; "a", None ],
        unused (
            tensors
            + """{"pattern": "a", "spec": "normal"}, {"pattern": "c", "spec": "normal"},
                 {"pattern": "*", "spec": "zeros"}, {"pattern": "a", "spec": "ones"}]}"""
        )
    )

[<Fact>]
let ``a regular expression's fault is reported in plain words`` () =
    for regex, part in
        [ "(", "insufficient closing parentheses at column 2."
          "*", "quantifier after nothing at column"
          "a(?=b)", "excludes a positive lookahead"
          @"(a)\1", "excludes a backreference"
          "(.{0,2000}x){0,2000}", "too much memory" ] do
        match Pattern.compile (Pattern.Regex regex) with
        | Error [ fault ] ->
            Assert.Contains(part, InitError.message fault)
            Assert.DoesNotContain("RegexOptions", InitError.message fault)
        | other -> Assert.Fail $"{regex}: {other}"

let private one = """{"tensors": {"a": {"dtype": "I8", "shape": [2]}}, "rules": """

let private refused: (string * string list) list =
    [ one + """[{"pattern": "*", "spec": "normal"}]}""", [ "tensor-unmatched"; "rule-unused" ]
      one + """[{"pattern": "*", "spec": "constant(0.5)"}]}""", [ "not-exact" ]
      one + """[{"pattern": "*", "spec": "constant(128)"}]}""", [ "not-exact" ]
      one + """[{"pattern": "*", "spec": "constant(nan)"}]}""", [ "not-exact" ]
      // 2^53 + 1, which float64 has as 2^53.
      one.Replace("I8", "I64")
      + """[{"pattern": "*", "spec": "constant(9007199254740993)"}]}""",
      [ "not-exact" ]
      one.Replace("I8", "U64")
      + """[{"pattern": "*", "spec": {"initializer": "constant", "value": 9007199254740993}}]}""",
      [ "not-exact" ]
      // Fans are checked although the spec does not use them.
      one + """[{"pattern": "*", "spec": "zeros", "fan_in": -5, "fan_out": 1e999}]}""",
      [ "fan-not-positive"; "fan-not-positive" ]
      """{"tensors": 7, "rules": []}""", [ "json-field" ]
      """{"name": 5, "description": [], "tensors": {"a": {"dtype": "I8", "shape": [2]}}, "rules": []}""",
      [ "json-field"; "json-field" ]
      one + """[{"regex": "(", "spec": "zeros"}]}""", [ "pattern-invalid" ]
      one + """[{"regex": "a(?=b)", "spec": "zeros"}]}""", [ "pattern-invalid" ]
      one + """[{"regex": "(a)\\1", "spec": "zeros"}]}""", [ "pattern-invalid" ]
      one + """[{"spec": "zeros"}]}""", [ "json-field" ]
      one + """[{"pattern": "a", "regex": "a", "spec": "zeros"}]}""", [ "json-field" ]
      one
      + """[{"pattern": "a", "rank": 1.5, "dtype": "C64", "spec": {"initializer": "zeros", "x": 1}}]}""",
      [ "json-field"; "dtype-unknown"; "parameter-unknown" ]
      one + """[{"pattern": "a", "rank": 2, "spec": "zeros"}]}""", [ "tensor-unmatched"; "rule-unused" ]
      one + """[{"pattern": "a", "dtype": "I16", "spec": "zeros"}]}""", [ "tensor-unmatched"; "rule-unused" ]
      one + """[{"pattern": "a", "spec": {"class_name": "HeSquared"}}]}""", [ "keras-unknown" ]
      one + """[{"pattern": "a", "spec": 3}]}""", [ "json-field" ]
      one + """[{"pattern": "a", "spec": null}]}""", [ "json-field" ]
      """{"a": {"dtype": "I8", "shape": ["""
      + String.Join(",", Array.create 1001 "1")
      + "]}}",
      [ "shape-rank" ]
      // Rules or a recipe without tensors are no architecture whose tensor is named so.
      """{"rules": [{"pattern": "a", "spec": "zerros"}]}""", [ "json-field"; "spec-unknown" ]
      """{"recipe": "gpt2"}""", [ "json-field" ]
      """{"rules": {"dtype": "I8", "shape": [2]}, "recipe": {"dtype": "I8", "shape": [2]}}""", [ "recipe-missing" ] ]

[<Fact>]
let ``each fault of a rule has its code, and all come at once`` () =
    for json, expected in refused do
        Assert.Equal<string * string list>((json, expected), (json, codes (planOf None json)))

[<Fact>]
let ``a regular expression that would run for ever elsewhere ends here`` () =
    for regex in [ "(a+)+$"; "(a|a)*$"; "(a|aa)+$"; "(.*a){20}$" ] do
        let test = ok (Pattern.compile (Pattern.Regex regex))
        let clock = Diagnostics.Stopwatch.StartNew()
        test (String('a', 20_000) + "!") |> ignore
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds 20.0, regex)

    // What would take long or much memory to build is refused.
    for regex in
        [ "(a{1000}){1000}"
          "(.{0,2000}x){0,2000}"
          String('(', 100_000) + String(')', 100_000) ] do
        Assert.Equal<string list>([ "pattern-invalid" ], codes (Pattern.compile (Pattern.Regex regex)))

[<Fact>]
let ``an explanation has rule, fan and moments`` () =
    let explained = ok (planOf None blueprint) |> List.map (Blueprint.explain >> ok)

    Assert.Equal<(string * string * float) list>(
        [ @"/^conv\.w/, rank 4, F32", "fan_in=36", 0.0
          "*.bias", "", 0.0
          "bn.*", "", 3.0 ],
        explained |> List.map (fun e -> Rule.toText e.Rule, e.Fan, e.Mean)
    )

    // Not the 1e-17 that a quadrature leaves.
    let symmetric =
        ok (
            Distribution.resolve (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))) (shapeOf [ 2L ]) Fan.Unknown
        )

    Assert.Equal(0.0, symmetric.Mean)
    Assert.Equal(sqrt (2.0 / 36.0), explained[0].Stddev, 15)
    Assert.Equal(sqrt (1.0 / 3.0), explained[1].Stddev, 15)
    Assert.Equal(0.0, explained[2].Stddev)

[<Fact>]
let ``the text that explains a shifted sparse or masked spec has its mean`` () =
    for spec, dims in
        [ Spec.sparse 0.5 (Spec.normal 0.0 1.0) |> Spec.shift 1.0, [ 4L; 4L ]
          Spec.mask [ 4L ] [ 1.0; 0.0; 1.0; 1.0 ] Spec.ones |> Spec.shift 1.0, [ 4L ] ] do
        let shape = shapeOf dims
        let resolved = ok (Plan.distribution spec shape Fan.Unknown)
        let text, mean, _ = ExplanationText.described spec shape resolved

        let explained =
            ok (Distribution.resolve (ok (SpecText.parse text)) shape Fan.Unknown)

        Assert.Equal(mean, explained.Mean, 5)
