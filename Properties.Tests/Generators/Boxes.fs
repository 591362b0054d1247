/// Boxes of tensors, and the naive way to make one: to cut it out of the whole tensor.
module Initializers.Properties.Boxes

open System
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// A spec with a shape that it fills, and a box of that.
type Boxed =
    { Spec: Spec
      Dims: int64 list
      Fan: Fan
      DType: DType
      Seed: Seed
      Ranges: (int64 * int64) list }

    member this.Box = Box.ofRanges this.Ranges

/// Any box of a shape. One axis in three is whole, so that runs have any length.
let rangesOf (dims: int64 list) : Gen<(int64 * int64) list> =
    let range (size: int64) =
        gen {
            let! start = Gen.choose64 (0L, size)
            let! stop = Gen.choose64 (start, size)
            return! Gen.frequency [ 1, Gen.constant (0L, size); 2, Gen.constant (start, stop) ]
        }

    (dims, Gen.constant [])
    ||> List.foldBack (fun size rest -> Gen.map2 (fun range ranges -> range :: ranges) (range size) rest)

/// Row-major indices of a box's elements in the tensor, by one loop for each axis.
let indices (dims: int64 list) (ranges: (int64 * int64) list) : int64 list =
    ([ 0L ], List.zip dims ranges)
    ||> List.fold (fun starts (size, (start, stop)) ->
        [ for before in starts do
              for i in start .. stop - 1L do
                  before * size + i ])

/// The bytes of a box of whole bytes.
let cut (size: int) (dims: int64 list) (ranges: (int64 * int64) list) (whole: byte[]) : byte[] =
    [| for index in indices dims ranges do
           yield! ReadOnlySpan(whole, int index * size, size).ToArray() |]

/// All bytes of the tensor.
let whole (b: Boxed) : byte[] =
    let shape = shapeOf b.Dims
    let bytes = Array.zeroCreate<byte>(int shape.Length * DType.size b.DType)

    Initialize.fillBytes (Span bytes, b.DType, 0L, shape, b.Fan, b.Seed, b.Spec)
    |> ok

    bytes

/// The bytes of the box, cut out of the whole tensor.
let expected (b: Boxed) : byte[] =
    cut (DType.size b.DType) b.Dims b.Ranges (whole b)

/// The bytes of the box, made as one.
let made (b: Boxed) : byte[] =
    let shape = shapeOf b.Dims
    let part = ok (Box.shapeIn shape b.Box)
    let bytes = Array.zeroCreate<byte>(int part.Length * DType.size b.DType)

    Part.fillBytes (Span bytes, b.DType, b.Box, shape, b.Fan, b.Seed, b.Spec) |> ok
    bytes

let private isDrawable (b: Boxed) =
    (Plan.resolve b.Spec (shapeOf b.Dims) b.Fan b.DType).IsOk

/// What `[<Properties(Arbitrary = …)>]` names.
type BoxGenerators =
    /// A composite or element-wise spec of any kind with a box of a shape that it fills.
    static member Boxed() =
        let composite =
            gen {
                let! depth = Gen.choose (0, 3)
                let! spec, dims = CompositeGenerators.composite depth
                let! dtype = Gen.elements dtypes
                let! seed = seed
                return spec, dims, Fan.Of(64.0, 16.0), dtype, seed
            }

        let element =
            request |> Gen.map (fun r -> r.Spec, r.Shape.Dims, r.Fan, r.DType, r.Seed)

        gen {
            let! spec, dims, fan, dtype, seed = Gen.frequency [ 3, composite; 1, element ]
            let! ranges = rangesOf dims

            return
                { Spec = spec
                  Dims = dims
                  Fan = fan
                  DType = dtype
                  Seed = seed
                  Ranges = ranges }
        }
        |> Gen.where isDrawable
        |> Arb.fromGen
