/// Models for the tests of Doctor: a small network, right at first, in which faults are planted.
module Initializers.Properties.DoctorModels

open System
open System.IO
open System.Threading
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

/// A tensor with its elements.
type internal Planted =
    { Entry: TensorEntry
      Values: float32[] }

let internal entry name dims storage : TensorEntry =
    { Name = name
      Shape = shapeOf dims
      Storage = storage }

let private float32s = Storage.Float DType.Float32

let internal drawn (spec: Spec) (fan: Fan) (dims: int64 list) (seed: Seed) : float32[] =
    let shape = shapeOf dims
    let values = Array.zeroCreate<float32>(int shape.Length)
    ok (Initialize.fill (Memory values) 0L shape fan seed spec)
    values

let internal tensor (seed: uint64) name dims (spec: Spec) : Planted =
    { Entry = entry name dims float32s
      Values = drawn spec (Fan.From Layout.OutIn) dims (Seed.ofUInt64 seed |> Seed.child name) }

/// The rules of the model below.
let internal recipe =
    """{"rules": [
      {"pattern": "*.attn.weight", "rank": 2, "spec": "normal(stddev=0.02)"},
      {"pattern": "*.mlp.weight", "rank": 2, "spec": "kaiming_normal", "layout": "oi"},
      {"pattern": "*.gate.weight", "rank": 2, "spec": "uniform(low=-0.1, high=0.1)"},
      {"pattern": "wte.weight", "rank": 2, "spec": "truncated_normal(stddev=0.02)"},
      {"pattern": "*.ln.weight", "spec": "ones"},
      {"pattern": "*.bias", "spec": "zeros"}
    ]}"""

/// A right model of two blocks, of 172,000 elements.
let internal model (seed: uint64) : Planted list =
    let tensor = tensor seed

    [ tensor "wte.weight" [ 500L; 64L ] (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)))
      for block in [ "h.0"; "h.1" ] do
          tensor $"{block}.attn.weight" [ 256L; 192L ] (Spec.normal 0.0 0.02)
          tensor $"{block}.attn.bias" [ 256L ] Spec.zeros
          tensor $"{block}.mlp.weight" [ 128L; 96L ] Spec.heNormal
          tensor $"{block}.mlp.bias" [ 128L ] Spec.zeros
          tensor $"{block}.gate.weight" [ 64L; 128L ] (Spec.uniform -0.1 0.1)
          tensor $"{block}.ln.weight" [ 64L ] Spec.ones ]

/// The model with another tensor in the place of one.
let internal changed name (change: float32[] -> float32[]) (tensors: Planted list) : Planted list =
    tensors
    |> List.map (fun t ->
        if t.Entry.Name = name then
            { t with
                Values = change (Array.copy t.Values) }
        else
            t)

let private elements (planted: Planted) : byte[] =
    match planted.Entry.Storage with
    | Storage.Float DType.Float32 -> floats (List.ofArray planted.Values)
    | Storage.Float DType.BFloat16 ->
        planted.Values
        |> Array.collect (fun x -> BitConverter.GetBytes((BFloat16.FromSingle x).Bits))
    | Storage.Integer IntegerType.I64 -> planted.Values |> Array.collect (int64 >> BitConverter.GetBytes)
    | Storage.Integer _ -> planted.Values |> Array.map byte
    | other -> failwith $"%A{other}"

let internal bytesOf (tensors: Planted list) : byte[] =
    Array.append (headerOf (tensors |> List.map _.Entry)) (tensors |> List.map elements |> Array.concat)

/// Calls with the paths of files of these contents, which are removed afterwards.
let internal withFiles (contents: (string * byte[]) list) (work: (string -> string) -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName
    let path name = Path.Combine(folder, name)

    try
        for name, bytes in contents do
            File.WriteAllBytes(path name, bytes)

        work path
    finally
        Directory.Delete(folder, true)

let internal words (file: string | null) (recipe: string | null) (against: string | null) : DoctorText =
    { File = file
      Recipe = recipe
      Against = against
      FalseAlarmRate = null
      Page = null
      Overwrite = false }

let internal examined (text: DoctorText) : Diagnosis =
    ok (Doctor.examine text (fun _ _ -> ()) CancellationToken.None)

/// The report on tensors without a recipe.
let internal report (tensors: Planted list) : Diagnosis =
    withFiles [ "m.safetensors", bytesOf tensors ] (fun path -> examined (words (path "m.safetensors") null null))

/// The report on tensors with the model's recipe.
let internal reportByRecipe (tensors: Planted list) : Diagnosis =
    withFiles
        [ "m.safetensors", bytesOf tensors
          "r.json", Text.Encoding.UTF8.GetBytes recipe ]
        (fun path -> examined (words (path "m.safetensors") (path "r.json") null))

/// The codes and tensors of findings.
let internal codesOf (findings: Finding list) : (string * string) list =
    findings
    |> List.map (fun finding -> FindingKind.code finding.Kind, finding.Tensor)
    |> List.distinct
