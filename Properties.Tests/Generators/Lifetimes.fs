/// What the tests of lifetimes, cancellation and memories of the caller share.
module Initializers.Properties.Lifetimes

open System.IO
open Initializers
open Initializers.FSharp

let ok (result: Result<'a, InitError list>) : 'a =
    match result with
    | Ok value -> value
    | Error faults -> failwith $"{faults |> List.map InitError.message}"

let codes (result: Result<'a, InitError list>) =
    result |> Validation.faults |> List.map InitError.code

let shapeOf (dims: int64 list) = ok (Shape.ofList dims)
let seed = Seed.ofUInt64 11UL

let constant (value: float) (dims: int64 list) =
    Spec.constant value
    |> Initialize.tensor Target.cpu (shapeOf dims) Fan.Unknown seed
    |> ok

/// More than any machine's memory.
let impossible =
    { Spec = Spec.orthogonal 1.0
      Shape = shapeOf [ 1L <<< 40; 2L ]
      Fan = Fan.Unknown
      Storage = Storage.Float DType.Float32
      Device = Device.Cpu
      Seed = seed
      Stream = None
      Slice = Some(0L, 4L)
      Box = None }

/// Two seconds, and as much again on a machine that has other work.
let bound = 4000L

let requestOf spec dims dtype =
    { impossible with
        Spec = spec
        Shape = shapeOf dims
        Storage = Storage.Float dtype
        Slice = None
        Box = None }

let inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)
