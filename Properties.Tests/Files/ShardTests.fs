/// Models that are kept in several files: indexes, shards and folders.
module Initializers.Properties.ShardTests

open System
open System.IO
open FsCheck.FSharp
open FsCheck.Xunit
open Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

/// A folder of the test's own, gone afterwards.
let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

let private shardName (model: string) count number =
    $"%s{model}-%05i{number}-of-%05i{count}.safetensors"

let private indexName model = $"%s{model}.safetensors.index.json"

let private indexOf (shards: (string * string list) list) =
    let map =
        [ for shard, tensors in shards do
              for tensor in tensors -> $"\"{tensor}\": \"{shard}\"" ]
        |> String.concat ", "

    $"{{\"metadata\": {{\"total_size\": 1}}, \"weight_map\": {{{map}}}}}"

let private names (tensors: TensorEntry list) = tensors |> List.map _.Name

/// Writes shards, of which only the headers are there, and their index.
let private write folder (model: string) (shards: TensorEntry list list) =
    let named =
        shards
        |> List.mapi (fun i tensors -> shardName model shards.Length (i + 1), tensors)

    for name, tensors in named do
        File.WriteAllBytes(Path.Combine(folder, name), headerOf tensors)

    let index = named |> List.map (fun (name, tensors) -> name, names tensors)
    File.WriteAllText(Path.Combine(folder, indexName model), indexOf index)
    named |> List.map fst

let private tensor name dims : TensorEntry =
    { Name = name
      Shape = shapeOf dims
      Storage = Storage.Float Initializers.DType.Float32 }

let private models =
    [ for name in [ "gpt2"; "llama3_2_1b" ] do
          let model = ok (Blueprint.ofModel name)

          match model.Rules with
          | RuleSource.Recipe recipe -> model.Tensors, ok (Recipe.find recipe)
          | other -> failwith $"{other}" ]

/// What fills each tensor, by name.
let private filled recipe (blueprint: Blueprint) =
    ok (Blueprint.plan (Some recipe) None blueprint)
    |> List.map (fun t -> t.Entry.Name, (t.Entry, t.Spec, Rule.toText t.Rule))
    |> Map.ofList

let private whole =
    lazy
        [ for tensors, recipe in models do
              filled
                  recipe
                  { Source = "whole"
                    Tensors = tensors
                    Layouts = Map.empty
                    Elsewhere = Ok []
                    Rules = RuleSource.NoRules } ]

[<Property(MaxTest = 20)>]
let ``a model that is split at random is planned as the whole, by its index, its folder and its shards`` (seed: int) =
    for (tensors, recipe), expected in List.zip models whole.Value do
        inFolder (fun folder ->
            let random = Random seed
            let count = random.Next(2, 6)
            let place = tensors |> List.map (fun t -> t, random.Next count)

            let shards =
                [ for i in 0 .. count - 1 -> place |> List.filter (snd >> (=) i) |> List.map fst ]

            let written = write folder "model" shards
            let index = Path.Combine(folder, indexName "model")

            for path in [ index; folder ] do
                let found = ok (Request.load path)
                Assert.Equal<string list>(names (List.concat shards), names found.Tensors)
                Assert.True((filled recipe found = expected), path)

            // A blueprint may name either.
            let named = Path.Combine(folder, "named.json")
            File.WriteAllText(named, $$"""{"tensors": "{{indexName "model"}}", "recipe": "gpt2"}""")
            Assert.Equal(tensors.Length, (ok (Request.load named)).Tensors.Length)

            // Each shard has its part of the plan, with the index or with the others.
            let parts () =
                [ for name in written do
                      // The data of a file that is given itself must be there.
                      let path = Path.Combine(folder, name)
                      let header = FileInfo(path).Length

                      let data =
                          shards[List.findIndex ((=) name) written]
                          |> List.sumBy (fun t -> t.Shape.Length * int64 (Storage.size t.Storage))

                      (use stream = File.OpenWrite path
                       stream.SetLength(header + data))

                      let planned = filled recipe (ok (Request.load path))

                      (use stream = File.OpenWrite path
                       stream.SetLength header)

                      yield! Map.toList planned ]
                |> Map.ofList

            Assert.True((parts () = expected), "shards with their index")
            File.Delete index
            Assert.True((parts () = expected), "shards alone")
            Assert.True((filled recipe (ok (Request.load folder)) = expected), "a folder without an index"))

let private faults (result: Result<Blueprint, InitError list>) =
    match result with
    | Ok _ -> []
    | Error faults -> faults |> List.map (fun fault -> InitError.code fault, InitError.message fault)

let private contains (part: string) (code: string, message: string) (expected: string) =
    Assert.Equal(expected, code)
    Assert.Contains(part, message)

[<Fact>]
let ``an index without its folder names the shards that it needs`` () =
    let json = indexOf [ "b.safetensors", [ "x" ]; "a.safetensors", [ "y"; "z" ] ]
    let fault = List.exactlyOne (faults (Blueprint.parseText "i.json" json))
    contains "'a.safetensors', 'b.safetensors'" fault "shards-missing"

    inFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "i.json"), json)
        File.WriteAllBytes(Path.Combine(folder, "a.safetensors"), headerOf [ tensor "y" [ 2L ]; tensor "z" [] ])
        let fault = List.exactlyOne (faults (Request.load (Path.Combine(folder, "i.json"))))
        contains "the shard 'b.safetensors'" fault "shards-missing")

    // A tensor may have any name.
    Assert.Empty(faults (Blueprint.parseText "m" """{"weight_map": {"dtype": "F32", "shape": [2]}}"""))

[<Fact>]
let ``every difference between an index and its shards is reported at once`` () =
    inFolder (fun folder ->
        let at name = Path.Combine(folder, name)
        File.WriteAllBytes(at "a.safetensors", headerOf [ tensor "a" []; tensor "in a" []; tensor "unlisted" [] ])
        File.WriteAllBytes(at "b.safetensors", headerOf [ tensor "b" [] ])
        File.WriteAllBytes(at "broken.safetensors", withLength 90UL [| byte '{' |] [||])

        File.WriteAllText(
            at "i.json",
            indexOf
                [ "a.safetensors", [ "a" ]
                  "b.safetensors", [ "b"; "lacking"; "in a" ]
                  "broken.safetensors", [ "c" ]
                  "absent.safetensors", [ "d" ] ]
        )

        let found = faults (Request.load (at "i.json"))

        Assert.Equal<string list>(
            [ "shards-missing"
              "file-truncated"
              "tensor-in-other-shard"
              "tensor-not-in-index"
              "tensor-not-in-shard" ],
            List.map fst found
        )

        contains "'a.safetensors' has tensor 'in a', which the index gives to 'b.safetensors'" found[2] (fst found[2])
        contains "'a.safetensors' has tensor 'unlisted'" found[3] (fst found[3])
        contains "'b.safetensors' lacks tensor 'lacking'" found[4] (fst found[4]))

[<Fact>]
let ``a shard outside of the index's folder is not read`` () =
    for shard in
        [ "../m.safetensors"
          "/m.safetensors"
          "a/../../m.safetensors"
          "..\\\\m.safetensors"
          "C:\\\\m.safetensors"
          "c:m.safetensors"
          "./m.safetensors"
          "a//m.safetensors"
          "" ] do
        let json = indexOf [ shard, [ "x" ]; "a.safetensors", [ "y" ] ]
        let fault = List.exactlyOne (faults (Blueprint.parseText "i.json" json))
        contains "folder of the index" fault "shard-outside-folder"

    // A folder below is one of the index's.
    inFolder (fun folder ->
        Directory.CreateDirectory(Path.Combine(folder, "below")) |> ignore
        File.WriteAllBytes(Path.Combine(folder, "below", "a.safetensors"), headerOf [ tensor "x" [] ])
        let index = Path.Combine(folder, "i.json")
        File.WriteAllText(index, indexOf [ "below/a.safetensors", [ "x" ] ])
        Assert.Equal<string list>([ "x" ], names (ok (Request.load index)).Tensors))

[<Fact>]
let ``an index of other files, or of none, is one fault`` () =
    for json, code in
        [ indexOf [ "tf_model-00001-of-00002.h5", [ "x" ] ], "not-an-architecture"
          indexOf [], "tensors-missing"
          """{"weight_map": {"a": 3}}""", "json-field"
          """{"weight_map": {"a": "a.safetensors", "a": "a.safetensors"}}""", "tensor-duplicate" ] do
        Assert.Equal<string list>([ code ], faults (Blueprint.parseText "i.json" json) |> List.map fst)

[<Fact>]
let ``a folder has one model, or a fault says what is there`` () =
    inFolder (fun folder ->
        let at name = Path.Combine(folder, name)
        let one = tensor "x" [ 2L ]
        let find () = faults (Request.load folder)
        contains "is empty" (List.exactlyOne (find ())) "folder-without-model"
        File.WriteAllText(at "config.json", "{}")
        File.WriteAllText(at "pytorch_model.bin", "")
        contains "'config.json', 'pytorch_model.bin'" (List.exactlyOne (find ())) "folder-without-model"

        // One file, which is read like the file itself.
        File.WriteAllBytes(at "model.safetensors", file [ entry "x" "F32" "2" 0 8 ] 8)
        let found = ok (Request.load folder)
        Assert.Equal<TensorEntry list>([ one ], found.Tensors)
        Assert.Equal(at "model.safetensors", found.Source)

        // Two models.
        write folder "other" [ [ tensor "a" [] ]; [ tensor "b" [] ] ] |> ignore

        contains
            "2 models; give one of 'other.safetensors.index.json', 'model.safetensors'"
            (List.exactlyOne (find ()))
            "folder-ambiguous"

        File.Delete(at "model.safetensors")
        Assert.Empty(find ())

        // A series without an index must be whole, and have each tensor once.
        File.Delete(at (indexName "other"))
        Assert.Empty(find ())
        File.WriteAllBytes(at (shardName "other" 2 2), headerOf [ tensor "a" [] ])
        Assert.Equal<string list>([ "tensor-duplicate" ], find () |> List.map fst)
        File.Delete(at (shardName "other" 2 2))
        contains (shardName "other" 2 2) (List.exactlyOne (find ())) "shards-missing"
        File.Move(at (shardName "other" 2 1), at "other-00001-of-2147483647.safetensors")
        Assert.Equal<string list>([ "shards-missing" ], find () |> List.map fst))

[<Property(MaxTest = 300)>]
let ``a cut index, or one with other values, is read or refused with codes`` (seed: int) =
    let json = indexOf [ "a.safetensors", [ "x"; "y" ]; "b.safetensors", [ "z" ] ]
    let random = Random seed
    let cut = json.Substring(0, random.Next json.Length)

    let values =
        [| "3"
           "null"
           "[]"
           "{}"
           "\"\\u0000\""
           "\"\\ud800\""
           String('[', 100000)
           "{\"a\":" |]

    let replaced = json.Replace("\"a.safetensors\"", values[random.Next values.Length])

    inFolder (fun folder ->
        for text in [ cut; replaced ] do
            let path = Path.Combine(folder, "i.json")
            File.WriteAllText(path, text)
            Assert.True(coded (Request.load path))
            Assert.True(coded (Blueprint.parseText "i.json" text))
            File.Move(path, Path.Combine(folder, indexName "m"), true)
            Assert.True(coded (Request.load folder)))
