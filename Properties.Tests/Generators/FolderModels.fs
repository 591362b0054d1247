/// A small model, and folders into which it is written.
module Initializers.Properties.FolderModels

open System
open System.IO
open System.Threading
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let seed = Seed.ofUInt64 42UL

let model (text: string) =
    Blueprint.parseText "m" text |> Result.bind (Blueprint.plan None None) |> ok

/// Elements of several widths, matrices that are made whole, one alone and in a batch, and a tensor without elements.
let tensors =
    model
        """{"tensors": {
             "w": {"dtype": "F32", "shape": [30, 40]}, "b": {"dtype": "F16", "shape": [7]},
             "v": {"dtype": "BF16", "shape": [40, 30]}, "d": {"dtype": "F64", "shape": [3]},
             "empty": {"dtype": "F32", "shape": [0, 4]}, "ids": {"dtype": "I64", "shape": [50]},
             "q": {"dtype": "F32", "shape": [16, 16]}, "heads": {"dtype": "F32", "shape": [5, 8, 8]},
             "f8": {"dtype": "F8_E4M3", "shape": [9]}, "tied": {"dtype": "F32", "shape": [30, 40]}},
           "tie": {"tied": "w"},
           "rules": [
             {"pattern": "ids", "spec": "permutation"},
             {"pattern": "q", "spec": "orthogonal"},
             {"pattern": "heads", "spec": "batched(axes=1, inner=orthogonal)"},
             {"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""

let request folder most existing rank : ShardsRequest =
    { Folder = folder
      MaxShardSize = most
      Existing = existing
      Rank = rank
      Device = Device.Cpu
      Seed = seed }

let write request =
    Output.shards request tensors (fun _ _ -> ()) CancellationToken.None

let rank index world = Some { Index = index; World = world }

let finish folder overwrite =
    Output.finish folder overwrite (fun _ _ -> ()) CancellationToken.None

let contents (folder: string) : Map<string, byte[]> =
    Map.ofList [ for path in Directory.GetFiles folder -> string (Path.GetFileName path), File.ReadAllBytes path ]

let inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

/// The files of one process.
let whole most =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        ok (write (request folder most Existing.Refuse None)) |> ignore
        contents folder
    finally
        Directory.Delete(folder, true)

let total = ModelParts.bytesOf tensors
