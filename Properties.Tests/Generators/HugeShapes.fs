/// Generated tensors of up to 2^63 - 1 elements, of which nobody could make the whole, and their elements.
module Initializers.Properties.HugeShapes

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private elementwise =
    Gen.elements
        [ Spec.normal 0.0 1.0
          Spec.uniform -1.0 3.0
          Spec.constant 0.3
          Spec.laplace 0.0 0.5
          Spec.truncatedNormal 0.1 2.0 (Bounds.Sigmas(-2.0, 2.0)) ]

/// A size of any magnitude from 1 to `most`.
let private sizeUpTo (most: int64) : Gen<int64> =
    gen {
        let! bits = Gen.choose (0, Numerics.BitOperations.Log2(uint64 most))
        let! low = Gen.choose (0, Int32.MaxValue)
        let! middle = Gen.choose (0, Int32.MaxValue)
        let any = (int64 low <<< 32) ^^^ int64 middle
        return min most ((1L <<< bits) ||| (any &&& ((1L <<< bits) - 1L)))
    }

/// Sizes of `rank` axes whose product is at most `most`, narrow and wide ones in any order.
let rec private sizes (rank: int) (most: int64) : Gen<int64 list> =
    if rank = 0 then
        Gen.constant []
    else
        gen {
            let! narrow = Gen.choose (1, 5)
            let! wide = sizeUpTo most
            let! isNarrow = Gen.elements [ true; false ]
            let size = if isNarrow then min most (int64 narrow) else wide
            let! others = sizes (rank - 1) (most / size)
            return! Gen.elements [ size :: others; others @ [ size ] ]
        }

let private small (sizes: int64 list) =
    List.fold (fun product (size: int64) -> product * float size) 1.0 sizes <= 400.0

/// Specs that fill this shape.
let rec private filling (depth: int) (dims: int64 list) : Gen<Spec> =
    let rank = dims.Length

    let leaves =
        [ elementwise
          if rank >= 2 then
              Gen.constant (Spec.identity 1.5)

              if small dims then
                  Gen.elements [ Spec.orthogonal 0.7 ]

                  if rank = 2 then
                      Spec.sparse 0.5 |> Gen.map <| elementwise
          if rank >= 3 then
              Gen.elements [ Spec.dirac 1L; Spec.bilinear ]

              if dims[1] <= dims[0] && small (List.take 2 dims) && rank <= 5 then
                  Gen.constant (Spec.deltaOrthogonal 2.0) ]

    if depth = 0 then
        Gen.oneof leaves
    else
        let inner = filling (depth - 1)

        Gen.oneof
            [ Gen.oneof leaves
              Gen.map (Spec.scale -0.5) (inner dims)
              Gen.map (Spec.shift 0.25) (inner dims)
              Gen.map (Spec.clip -0.5 0.75) (inner dims)
              if rank = 2 && dims[0] <= 60L then
                  Gen.map (Spec.sparse 0.5) (inner dims)
              if rank >= 1 then
                  gen {
                      let! axis = Gen.choose (0, rank - 1)
                      let size = dims[axis]
                      let! cut = sizeUpTo size
                      let! fromEnd = Gen.elements [ true; false ]
                      let first = if fromEnd then size - cut else cut
                      let! one = inner (List.updateAt axis first dims)
                      let! other = inner (List.updateAt axis (size - first) dims)
                      return Spec.stacked axis [ first, one; 0L, Spec.ones; size - first, other ]
                  }

                  gen {
                      let! axes = Gen.choose (1, rank)
                      let! spec = inner (List.skip axes dims)
                      return Spec.batched axes spec
                  }

                  if List.last dims <= 5L then
                      gen {
                          let last = List.last dims
                          let! keep = Gen.listOfLength (int last) (Gen.elements [ 0.0; 1.0 ])
                          let! spec = inner dims
                          return Spec.mask [ last ] keep spec
                      } ]

/// A tensor, and elements of it.
type Huge =
    { Spec: Spec
      Dims: int64 list
      Fan: Fan
      DType: DType
      Offsets: int64 list }

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

/// Elements near the ends, near multiples of products of sizes, and anywhere.
let private offsets (dims: int64 list) : Gen<int64> =
    let length = (shapeOf dims).Length

    gen {
        let! near = Gen.choose (-2, 2)
        let! at = sizeUpTo length
        let! axes = Gen.choose (0, dims.Length)
        let stride = Shape.product (List.skip axes dims)
        let! multiple = sizeUpTo (max 1L (length / stride))

        let! place =
            Gen.elements [ 0L; length - 1L; at; length - at; (multiple * stride) + int64 near ]

        return max 0L (min (length - 1L) place)
    }

/// Matrices and kernels whose axes have any order and any number of copies.
let private arranged =
    gen {
        let! field = Gen.choose (0, 2)
        let! stacks = Gen.choose (0, 2)

        let! roles =
            [| FanAxis.Out; FanAxis.In |]
            |> Array.append (Array.create field FanAxis.Spatial)
            |> Array.append (Array.create stacks FanAxis.Stack)
            |> Gen.shuffle

        let! spec =
            Gen.elements
                [ Spec.identity 1.5
                  if field > 0 then
                      Spec.dirac 2L
                      Spec.bilinear
                      Spec.deltaOrthogonal 0.5
                  else
                      Spec.orthogonal 0.7 ]

        let! map =
            Gen.elements [ id; Spec.scale -2.0; Spec.shift 0.25; Spec.clip -0.25 0.5; Spec.clip 0.1 0.2 ]

        // An orthogonal matrix is made as a whole.
        let! outputs, inputs =
            match spec with
            | Spec.Orthogonal _
            | Spec.DeltaOrthogonal _ ->
                Gen.map2 (fun i more -> int64 (i + more), int64 i) (Gen.choose (1, 8)) (Gen.choose (0, 8))
            | _ -> Gen.map2 (fun o i -> 2L * o, i) (sizeUpTo (1L <<< 24)) (sizeUpTo (1L <<< 24))

        let! others = sizes (field + stacks) (Int64.MaxValue / outputs / inputs)

        let dims, _ =
            (others, List.ofArray roles)
            ||> List.mapFold (fun others role ->
                match role, others with
                | FanAxis.Out, _ -> outputs, others
                | FanAxis.In, _ -> inputs, others
                | _, size :: rest -> size, rest
                | _ -> 1L, [])

        return map spec, dims, Fan.Axes(FanAxes.Of roles)
    }

let private composed =
    gen {
        let! rank = Gen.choose (1, 5)
        let! dims = sizes rank Int64.MaxValue
        let! depth = Gen.choose (0, 3)
        let! spec = filling depth dims
        return spec, dims, Fan.Unknown
    }

type HugeTensors =
    static member Huge() =
        gen {
            let! spec, dims, fan = Gen.oneof [ arranged; composed; composed ]
            let! dtype = Gen.elements dtypes
            let! offsets = Gen.listOfLength 4 (offsets dims)

            return
                { Spec = spec
                  Dims = dims
                  Fan = fan
                  DType = dtype
                  Offsets = offsets }
        }
        |> Arb.fromGen

let seed = Seed.ofUInt64 11UL

let slice (h: Huge) offset count : uint64 list =
    let size = DType.size h.DType
    let bytes = Array.create<byte> (size * count) 0xA5uy

    Initialize.fillBytes (Span bytes, h.DType, offset, shapeOf h.Dims, h.Fan, seed, h.Spec)
    |> ok

    List.init count (fun i ->
        (0UL, [ size - 1 .. -1 .. 0 ])
        ||> List.fold (fun bits b -> (bits <<< 8) ||| uint64 bytes[i * size + b]))

let agrees (h: Huge) =
    let shape = shapeOf h.Dims
    let law = Plan.distribution h.Spec shape h.Fan |> ok

    for offset in h.Offsets do
        let count = int (min 3L (shape.Length - offset))

        let expected =
            List.init count (fun i -> ReferenceElement.bits law h.DType seed (offset + int64 i))

        Assert.Equal<uint64 list>(expected, slice h offset count)
