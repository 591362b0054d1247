/// Tensors of models in memory of the caller, saved with what they were filled with.
module Initializers.Properties.SavedMemoryTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.FolderModels

let private tensors =
    """{"tensors": {
         "head.weight": {"dtype": "F32", "shape": [30, 8]}, "wte.weight": {"dtype": "F32", "shape": [30, 8]},
         "steps": {"dtype": "I64", "shape": []}, "q.weight": {"dtype": "F64", "shape": [12, 12]},
         "h.weight": {"dtype": "BF16", "shape": [8, 8], "layout": "in,out"}, "none": {"dtype": "F16", "shape": [0, 4]}},
       "tie": {"head.weight": "wte.weight"}, "tied": "copy",
       "rules": [{"pattern": "steps", "spec": "constant(7)"}, {"pattern": "h.weight", "spec": "he_normal"},
                 {"pattern": "q.weight", "spec": "orthogonal"}, {"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""
    |> Blueprint.parseText "m"
    |> Result.bind (Blueprint.plan None None)
    |> ok

/// The bytes of each tensor, as planned.
let private filled () =
    let bytes =
        [ for t in tensors -> t.Entry, Array.zeroCreate<byte>(int t.Entry.Shape.Length * Storage.size t.Entry.Storage) ]

    let memories = [ for entry, b in bytes -> entry.Name, HostMemory.Of(Memory b) ]
    ok (ModelMemory.fill seed memories tensors)
    bytes

let private save path overwrite bytes =
    let memories = [ for entry, b in bytes -> entry, HostMemory.Of(Memory<byte> b) ]
    ModelMemory.save path overwrite seed memories tensors CancellationToken.None

/// The names of tensors of a file that are not generated; the others are as their metadata say.
let private notGenerated path =
    let found =
        ok (Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None)

    Assert.Empty found.Different
    found.NotGenerated |> List.map _.Header.Name

[<Fact>]
let ``the file of memories that are as planned is the model's`` () =
    inFolder (fun folder ->
        let model, saved =
            Path.Combine(folder, "m.safetensors"), Path.Combine(folder, "s.safetensors")

        ok (Output.model model false Device.Cpu seed tensors (fun _ _ -> ()) CancellationToken.None)
        Assert.Equal(Ok(), save saved false (filled ()))
        Assert.Equal<byte[]>(File.ReadAllBytes model, File.ReadAllBytes saved))

[<Fact>]
let ``what was changed and what has no plan is saved as it is, and is not generated`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "s.safetensors")

        let extra =
            { Name = "mask"
              Shape = shapeOf [ 3L ]
              Storage = ok (Storage.parse "BOOL") },
            [| 1uy; 0uy; 1uy |]

        let bytes = filled () @ [ extra ]

        for entry, b in bytes do
            if entry.Name = "q.weight" || entry.Name = "head.weight" then
                b[b.Length - 1] <- b[b.Length - 1] ^^^ 1uy

        Assert.Equal(Ok(), save path false bytes)
        Assert.Equal<string list>([ "head.weight"; "mask"; "q.weight" ], List.sort (notGenerated path))
        use stream = File.OpenRead path
        let header = ok (SafetensorsReader.header stream)
        let file = File.ReadAllBytes path

        for entry, b in bytes do
            let t = header.Tensors |> List.find (fun t -> t.Name = entry.Name)
            Assert.Equal<byte[]>(b, file[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1])

        let changed =
            [ for entry, b in bytes do
                  if b.Length > 0 then
                      entry, b |> Array.map (fun v -> v ^^^ 1uy) ]

        Assert.Equal(Ok(), save path true changed)

        use stream = File.OpenRead path

        Assert.Equal<(string * string) list>(
            [ "format", "pt"; "generator", "Initializers" ],
            List.sort (ok (SafetensorsReader.header stream)).Metadata
        ))

[<Fact>]
let ``a wrong request is all its faults, and writes nothing`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "s.npy")
        let bytes = filled ()
        let short = bytes |> List.map (fun (entry, b) -> entry, Array.append b [| 0uy |])

        let codes =
            save path false (short @ [ bytes.Head ])
            |> Validation.faults
            |> List.map InitError.code

        Assert.Equal<string list>(
            [ "format-unknown"; "tensor-duplicate" ]
            @ List.replicate tensors.Length "memory-length",
            codes
        )

        Assert.Empty(Directory.GetFileSystemEntries folder)
        File.WriteAllText(Path.Combine(folder, "s.safetensors"), "")

        Assert.Equal<string list>(
            [ "file-exists" ],
            save (Path.Combine(folder, "s.safetensors")) false bytes
            |> Validation.faults
            |> List.map InitError.code
        ))
