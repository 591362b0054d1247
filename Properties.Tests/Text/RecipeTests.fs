/// Recipes: which tensors their rules take, and how the blocks of a model are counted.
module Initializers.Properties.RecipeTests

open System
open System.IO
open System.Text
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let private entry name dims : TensorEntry =
    { Name = name
      Shape = shapeOf dims
      Storage = Storage.Float DType.Float32 }

let private block number =
    [ entry $"h.{number}.ln_1.weight" [ 8L ]
      entry $"h.{number}.attn.c_attn.weight" [ 8L; 24L ]
      entry $"h.{number}.attn.c_proj.weight" [ 8L; 8L ]
      entry $"h.{number}.attn.c_proj.bias" [ 8L ]
      entry $"h.{number}.mlp.c_proj.weight" [ 32L; 8L ] ]

let private model tensors =
    { Source = "m"
      Tensors = tensors
      Layouts = Map.empty
      Elsewhere = Ok []
      Rules = RuleSource.Recipe "gpt2" }

/// What the residual projections' standard deviation is.
let private residual blueprint =
    Blueprint.plan None None blueprint
    |> Result.map (
        List.pick (fun t ->
            match t.Spec with
            | Spec.Normal(_, stddev) when t.Entry.Name.EndsWith("attn.c_proj.weight", StringComparison.Ordinal) ->
                Some stddev
            | _ -> None)
    )

[<Fact>]
let ``a causal mask is no bias, whatever its dtype`` () =
    for storage in [ "F32"; "F16"; "U8"; "BOOL" ] do
        let mask =
            { entry "h.0.attn.bias" [ 1L; 1L; 16L; 16L ] with
                Storage = ok (Storage.parse storage) }

        let planned =
            ok (Blueprint.plan None None (model (block 0 @ [ mask; entry "h.0.attn.masked_bias" [] ])))

        let specs = planned |> List.map (fun t -> t.Entry.Name, t.Spec) |> Map.ofList
        Assert.Equal(Spec.formula "j0 <= j1", specs["h.0.attn.bias"])
        Assert.Equal(Spec.constant -1.0e4, specs["h.0.attn.masked_bias"])
        Assert.Equal(Spec.zeros, specs["h.0.attn.c_proj.bias"])

[<Fact>]
let ``no rule of a recipe takes a tensor of another rank`` () =
    for recipe, name, dims in
        [ "gpt2", "wte.weight", [ 2L; 2L; 2L ]
          "gpt2", "h.0.ln_1.weight", [ 2L; 2L ]
          "gpt2", "h.0.mlp.c_fc.weight", [ 2L ]
          "torchvision_resnet", "bn1.bias", [ 2L; 2L ]
          "torchvision_resnet", "bn1.running_mean", [ 2L; 2L ]
          "torchvision_resnet", "conv1.weight", [ 2L; 2L; 2L ]
          "torchvision_resnet", "fc.bias", [ 2L; 2L ]
          "torchvision_resnet", "bn1.num_batches_tracked", [ 2L ] ] do
        let blueprint =
            { model [ entry name dims ] with
                Rules = RuleSource.Recipe recipe }

        Assert.Equal<string * string list>(
            (name, [ "tensor-unmatched" ]),
            (name, codes (Blueprint.plan None None blueprint))
        )

[<Fact>]
let ``the scale of residual projections counts blocks from 0 without gaps`` () =
    for numbers, expected in
        [ [ 0 ], 0.02 / sqrt 2.0
          [ 0; 1; 2 ], 0.02 / sqrt 6.0
          [ 2; 0; 1; 3 ], 0.02 / sqrt 8.0 ] do
        Assert.Equal(Ok expected, residual (model (numbers |> List.collect block)))

    for numbers, missing in [ [ 1 ], "h.0"; [ 6; 7; 8 ], "h.0"; [ 0; 1; 3 ], "h.2"; [ 0; 2; 3; 5 ], "h.1" ] do
        match residual (model (numbers |> List.collect block)) with
        | Error [ fault ] ->
            Assert.Equal("blocks-missing", InitError.code fault)
            Assert.Contains($"'{missing}'", InitError.message fault)
        | other -> failwith $"%A{other}"

/// Safetensors bytes of one shard.
let private shard (tensors: TensorEntry list) =
    let header =
        tensors
        |> List.mapFold
            (fun offset t ->
                let bytes = 4L * t.Shape.Length
                let dims = String.Join(',', t.Shape.Dims)

                $"\"{t.Name}\":{{\"dtype\":\"F32\",\"shape\":[{dims}],\"data_offsets\":[{offset},{offset + bytes}]}}",
                offset + bytes)
            0L

    let json = "{" + String.Join(',', fst header) + "}"

    Array.concat
        [ BitConverter.GetBytes(int64 json.Length)
          Encoding.UTF8.GetBytes json
          Array.zeroCreate (int (snd header)) ]

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

[<Fact>]
let ``of one shard the blocks of the whole model are counted, or it is refused`` () =
    inFolder (fun folder ->
        let at name = Path.Combine(folder, name)

        let first, second =
            at "model-00001-of-00002.safetensors", at "model-00002-of-00002.safetensors"

        let load path =
            ok (Request.load path)
            |> fun b ->
                residual
                    { b with
                        Rules = RuleSource.Recipe "gpt2" }

        File.WriteAllBytes(first, shard ([ 0; 1 ] |> List.collect block))

        match load first with
        | Error [ fault ] ->
            Assert.Equal("shard-alone", InitError.code fault)
            Assert.Contains("'model-00002-of-00002.safetensors'", InitError.message fault)
            Assert.Contains("'model.safetensors.index.json'", InitError.message fault)
        | other -> failwith $"%A{other}"

        // With both shards present each counts the blocks of both; blocks 2 to 4 alone would be refused.
        File.WriteAllBytes(second, shard ([ 2; 3; 4 ] |> List.collect block))
        Assert.Equal(Ok(0.02 / sqrt 10.0), load first)
        Assert.Equal(Ok(0.02 / sqrt 10.0), load second)

        // A blueprint that names a shard counts likewise.
        let named = at "named.json"
        File.WriteAllText(named, """{"tensors": "model-00002-of-00002.safetensors", "recipe": "gpt2"}""")
        Assert.Equal(Ok(0.02 / sqrt 10.0), residual (ok (Request.load named)))

        // The index alone is enough.
        File.Delete second
        let index = at "model.safetensors.index.json"

        let map =
            [ 0..4 ]
            |> List.collect block
            |> List.map (fun t -> $"\"{t.Name}\": \"x\"")
            |> String.concat ", "

        File.WriteAllText(index, $"{{\"metadata\": {{}}, \"weight_map\": {{{map}}}}}")
        Assert.Equal(Ok(0.02 / sqrt 10.0), load first)

        // A shard that cannot be read is reported, unless the other shard is there.
        for nonsense, code in
            [ "{", "json-syntax"
              "[]", "json-field"
              """{"weight_map": 3}""", "json-field" ] do
            File.WriteAllText(index, nonsense)
            Assert.Equal<string list>([ code ], codes (load first))

        File.WriteAllBytes(second, shard ([ 2; 3; 4 ] |> List.collect block))
        Assert.Equal(Ok(0.02 / sqrt 10.0), load first))

[<Fact>]
let ``a shard is filled by rules that count nothing, and one shard of one is a model`` () =
    inFolder (fun folder ->
        let shardOf count =
            let path = Path.Combine(folder, $"model-00001-of-0000{count}.safetensors")
            File.WriteAllBytes(path, shard (block 0))
            path

        let alone = ok (Request.load (shardOf 3))
        let rules = RuleSource.Rules(Recipe.ofRules [ Rule.ofGlob "*" Spec.zeros ])
        Assert.Equal(5, (ok (Blueprint.plan None None { alone with Rules = rules })).Length)
        Assert.Equal<string list>([ "shard-alone" ], codes (Blueprint.plan (Some(ok (Recipe.find "gpt2"))) None alone))

        let whole = ok (Request.load (shardOf 1))
        Assert.True((Blueprint.plan (Some(ok (Recipe.find "gpt2"))) None whole).IsOk))

[<Fact>]
let ``the page of recipes is that of the recipes`` () =
    Assert.Equal(
        File.ReadAllText(Repository.path RecipePage.file),
        RecipePage.render (),
        ignoreLineEndingDifferences = true
    )

let private read (json: string) =
    Recipe.parse "r.json" (ReadOnlyMemory(Encoding.UTF8.GetBytes json))

[<Fact>]
let ``every fault of a recipe is reported at once`` () =
    for json, expected in
        [ """{"base": "gpt2", "let": {"q": "foo("}, "rules": [
                {"pattern": "x", "dtype": "F33", "sorce": "s", "spec": "normal(stddev=1/0)"},
                {"pattern": "y{", "spec": "normall", "source": "s"}]}""",
          [ "function-unknown"
            "json-field"
            "dtype-unknown"
            "expression-undefined"
            "pattern-invalid"
            "spec-unknown" ]
          """{"base": "nope", "let": {"a": "1"}, "rules": [{"pattern": "*", "spec": "normal(stddev=a*L)", "sorce": "s"}]}""",
          [ "recipe-unknown"; "json-field" ]
          """{"base": "llama_hf", "let": {"Theta": 500000}, "rules": []}""", [ "let-unused" ]
          """{"let": {"a": "b", "b": "a"}, "rules": [{"pattern": "*", "spec": "normal(stddev=a)"}]}""",
          [ "let-recursive" ]
          """{"let": {"size": 1, "i0": 2, "2x": 3}, "rules": []}""", [ "name-taken"; "name-taken"; "name-taken" ] ] do
        Assert.Equal<string * string list>((json, List.sort expected), (json, List.sort (codes (read json))))

[<Fact>]
let ``rules are found among very many, and too many are refused`` () =
    let count = 20000

    let rules =
        [ for i in 0 .. count - 1 -> Rule.ofGlob $"m.{i}.weight" (Spec.constant (float i)) ]

    let tensors = [ for i in count - 1 .. -1 .. 0 -> entry $"m.{i}.weight" [ 1L ] ]

    let planned =
        { model tensors with
            Rules = RuleSource.Rules(Recipe.ofRules rules) }
        |> Blueprint.plan None None
        |> ok

    Assert.Equal(Spec.constant 7.0, (List.item (count - 8) planned).Spec)

    let regexes =
        [ for i in 0..1000 ->
              { Rule.ofGlob "" Spec.zeros with
                  Pattern = Pattern.Regex $"^m\\.{i}$" } ]

    let refused =
        { model tensors with
            Rules = RuleSource.Rules(Recipe.ofRules regexes) }

    Assert.Equal<string list>([ "regexes-too-many" ], codes (Blueprint.plan None None refused))

/// A byte that is not valid Unicode, at each place of a blueprint with definitions, captures, conditions and a base.
[<Fact>]
let ``a byte that is not valid Unicode is a fault wherever it is`` () =
    let text =
        """{"name": "m", "tensors": {"a.0.weight": {"dtype": "F32", "shape": [4, 3]}}, "base": "gpt2", "let": {"s": "0.02"}, "rules": [{"pattern": "a.{i}.weight", "rank": 2, "dtype": "F32", "if": "i == 0", "spec": "normal(0, s)", "layout": "oi", "source": "a paper"}]}"""

    let read (bytes: byte[]) =
        Blueprint.parse "m" (ReadOnlyMemory bytes)

    let valid = Encoding.UTF8.GetBytes text
    read valid |> ok |> ignore

    for index in 0 .. valid.Length - 1 do
        let bytes = Array.copy valid
        bytes[index] <- 0xB4uy
        Assert.True((read bytes).IsError, $"byte {index}")
