/// Faults that a rule has for tensors of a model: one for each cause, with the rule's place and the tensors.
module Initializers.Properties.RuleFaultTests

open System
open System.Text
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private tensor (name: string, dtype: string, shape: string) =
    $"\"{name}\": {{\"dtype\": \"{dtype}\", \"shape\": [{shape}]}}"

/// A blueprint of tensors with the members of its rules.
let private json tensors (rules: string) =
    let all = tensors |> List.map tensor |> String.concat ", "
    $"{{\"tensors\": {{{all}}}, {rules}}}"

let private bytes (text: string) =
    ReadOnlyMemory(Encoding.UTF8.GetBytes text)

let private faultsIn dtype find tensors rules : InitError list =
    let files: OtherFiles =
        { Recipe = find
          Tensors = fun _ -> Error []
          Shards = fun _ -> Error [] }

    Blueprint.parseWith files "m.json" (bytes (json tensors rules))
    |> Result.bind (Blueprint.plan None dtype)
    |> Validation.faults

let private faults tensors rules = faultsIn None Recipe.find tensors rules

let private messages tensors rules =
    faults tensors rules |> List.map InitError.toText

let private layers count =
    [ for i in 0 .. count - 1 -> $"h.{i}.w", "F32", "4, 4" ]

[<Fact>]
let ``a wrong rule is one fault, however many tensors it takes`` () =
    let rule =
        """ "rules": [{"pattern": "h.{i}.w", "spec": "normal(stddev=1/(i-i))"}]"""

    let wrong = "'normal(stddev=1/(i-i))', column 16: 1/0 has no finite value."

    for count, tensors in
        [ 1, "tensor 'h.0.w'"
          2, "tensors 'h.0.w' and 'h.1.w'"
          1000, "tensor 'h.0.w' and 999 more tensors" ] do
        Assert.Equal<string list>(
            [ $"expression-undefined: rules[0] (h.{{i}}.w), {tensors}: {wrong}" ],
            messages (layers count) rule
        )

    match faults (layers 3) rule with
    | [ InitError.InRule(_, tensors, _) ] -> Assert.Equal<string list>([ "h.0.w"; "h.1.w"; "h.2.w" ], tensors)
    | other -> failwith $"%A{other}"

[<Fact>]
let ``faults of a rule that differ in numbers have one cause`` () =
    Assert.Equal<string list>(
        [ "not-a-multiple: rules[0] (*, rank 1), tensors 'a' and 'c': the size of lstm_bias must be a multiple of 4, but is 5." ],
        messages
            [ "a", "F32", "5"; "b", "F32", "8"; "c", "F32", "7" ]
            """ "rules": [{"pattern": "*", "rank": 1, "spec": "lstm_bias"}]"""
    )

    // At another element, and with other numbers in the operation.
    Assert.Equal<string list>(
        [ "expression-undefined: rules[0] (h.{i}.w), tensor 'h.0.w' and 2 more tensors: 'formula((i + 1)/(j0 - i))', column 16, at [0,0]: 1/0 has no finite value." ],
        messages (layers 3) """ "rules": [{"pattern": "h.{i}.w", "spec": "formula((i + 1)/(j0 - i))"}]"""
    )

[<Fact>]
let ``different causes are all reported, those of one tensor too`` () =
    Assert.Equal<string list>(
        [ "low-not-below-high: rules[0] (h.*), tensors 'h.0.w' and 'h.1.w': low is 3 and high is 1; low must be below high."
          "low-not-below-high: rules[0] (h.*), tensors 'h.0.w' and 'h.1.w': low is 5 and high is 4; low must be below high."
          "expression-undefined: rules[1] (a), tensor 'a': 'uniform(low=1/(d0-4), high=log(d0-4))', column 14: 1/0 has no finite value."
          "expression-undefined: rules[1] (a), tensor 'a': 'uniform(low=1/(d0-4), high=log(d0-4))', column 28: log(0) has no finite value."
          "tensor-unmatched: no rule matches tensor 'b'."
          "tensor-unmatched: no rule matches tensor 'c'." ],
        messages
            (layers 2 @ [ "a", "F32", "4"; "b", "F32", "4"; "c", "F32", "4" ])
            """ "rules": [{"pattern": "h.*", "spec": "clip(low=3, high=1, inner=uniform(5, 4))"},
                          {"pattern": "a", "spec": "uniform(low=1/(d0-4), high=log(d0-4))"}]"""
    )

[<Fact>]
let ``a condition without a value is a fault of its rule`` () =
    Assert.Equal<string list>(
        [ "expression-undefined: rules[0] (*, if 1/(d0-4)), tensor 'h.0.w' and 2 more tensors: '1/(d0-4)', column 2: 1/0 has no finite value." ],
        messages (layers 3) """ "rules": [{"pattern": "*", "if": "1/(d0-4)", "spec": "zeros"}]"""
    )

[<Fact>]
let ``a rule of a base has the name of its recipe, and its number there`` () =
    let rec find name : Result<Recipe, InitError list> =
        match name with
        | "middle" ->
            """{"base": "last", "rules": [{"pattern": "a", "spec": "zeros"}, {"pattern": "h.*", "layout": "oi", "spec": "dirac"}]}"""
            |> bytes
            |> Recipe.parseWith find name
        | _ ->
            """{"rules": [{"pattern": "z", "spec": "zeros"}, {"pattern": "b", "spec": "normal(stddev=log(d0-2))"}]}"""
            |> bytes
            |> Recipe.parseWith find name

    let tensors = layers 3 @ [ "b", "F32", "2"; "c", "F32", "2" ]

    let texts rules =
        faultsIn None find tensors rules |> List.map InitError.message

    let ofLast =
        "rules[1] (b) of recipe last, tensor 'b': 'normal(stddev=log(d0-2))', column 15: log(0) has no finite value."

    match texts """ "base": "middle", "rules": [{"pattern": "c", "spec": "normal(stddev=log(d0-2))"}]""" with
    | [ middle; last; own ] ->
        Assert.StartsWith("rules[1] (h.*) of recipe middle, tensor 'h.0.w' and 2 more tensors: dirac", middle)
        Assert.Equal(ofLast, last)
        Assert.StartsWith("rules[0] (c), tensor 'c': ", own)
    | other -> failwith $"%A{other}"

    // A blueprint that names a recipe has no rules before those of the recipe.
    Assert.Contains(ofLast, texts """ "recipe": "middle" """)

[<Fact>]
let ``rules in code have their numbers, and a range of the dtype is asked of all tensors`` () =
    let blueprint =
        ok (Blueprint.parseText "m.json" (json (layers 5) """ "rules": [{"pattern": "*", "spec": "zeros"}]"""))

    let recipe =
        Recipe.ofRules [ Rule.ofGlob "x" Spec.zeros; Rule.ofGlob "*" (Spec.constant 70000.0) ]

    Assert.Equal<string list>(
        [ "rules[1] (*), tensor 'h.0.w' and 4 more tensors: the distribution needs numbers up to 70000, beyond the largest float16, 65504." ],
        { blueprint with
            Rules = RuleSource.NoRules }
        |> Blueprint.plan (Some recipe) (Some(Storage.Float DType.Float16))
        |> Validation.faults
        |> List.map InitError.message
    )

[<Property(MaxTest = 50)>]
let ``the tensors of a fault are those that have it, and its code is theirs`` (sizes: byte list) =
    let tensors = sizes |> List.mapi (fun i size -> $"t.{i}", "F32", string size)

    let wrong =
        [ for name, _, size in tensors do
              if int size % 4 <> 0 then
                  name ]

    match
        faults tensors """ "rules": [{"pattern": "t.*", "spec": "lstm_bias"}, {"pattern": "*", "spec": "zeros"}]"""
    with
    | _ when sizes.IsEmpty -> true
    | InitError.InRule(_, found, InitError.NotAMultiple _) as fault :: unused ->
        found = wrong
        && InitError.code fault = "not-a-multiple"
        && List.map InitError.code unused = [ "rule-unused" ]
    | unused -> wrong.IsEmpty && List.map InitError.code unused = [ "rule-unused" ]
