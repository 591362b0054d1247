/// Slices of tensors of up to 2^63 - 1 elements, of which nobody could make the whole: every index is exact, and time and memory
/// are the slice's.
module Initializers.Properties.HugeShapeTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Generators

let private elementwise =
    Gen.elements
        [ Spec.normal 0.0 1.0
          Spec.uniform -1.0 3.0
          Spec.constant 0.3
          Spec.laplace 0.0 0.5
          Spec.truncatedNormal 0.1 2.0 -2.0 2.0 ]

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
              Gen.constant (Spec.dirac 1L)

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

type HugeTensors =
    static member Huge() =
        gen {
            let! rank = Gen.choose (1, 5)
            let! dims = sizes rank Int64.MaxValue
            let! depth = Gen.choose (0, 3)
            let! spec = filling depth dims
            let! dtype = Gen.elements dtypes
            let! offsets = Gen.listOfLength 4 (offsets dims)

            return
                { Spec = spec
                  Dims = dims
                  Fan = Fan.Unknown
                  DType = dtype
                  Offsets = offsets }
        }
        |> Arb.fromGen

let private seed = Seed.ofUInt64 11UL

let private slice (h: Huge) offset count : uint64 list =
    let size = DType.size h.DType
    let bytes = Array.create<byte> (size * count) 0xA5uy

    Initialize.intoBytes (Span bytes, h.DType, offset, shapeOf h.Dims, h.Fan, seed, h.Spec)
    |> ok

    List.init count (fun i ->
        (0UL, [ size - 1 .. -1 .. 0 ])
        ||> List.fold (fun bits b -> (bits <<< 8) ||| uint64 bytes[i * size + b]))

let private agrees (h: Huge) =
    let shape = shapeOf h.Dims
    let law = Plan.distribution h.Spec shape h.Fan |> ok

    for offset in h.Offsets do
        let count = int (min 3L (shape.Length - offset))

        let expected =
            List.init count (fun i -> ReferenceElement.bits law h.DType seed (offset + int64 i))

        Assert.Equal<uint64 list>(expected, slice h offset count)

[<Property(MaxTest = 300, Arbitrary = [| typeof<HugeTensors> |])>]
let ``an element of a huge tensor is the reference's`` (h: Huge) = agrees h

[<Fact>]
let ``slices of stacks of 2^33 elements have their own values`` () =
    let spec =
        Spec.stacked 1 [ 1L, Spec.normal 0.0 1.0; 4311361695L, Spec.uniform 0.0 1.0 ]

    let dims = [ 2L; 4311361696L ]

    let h =
        { Spec = spec
          Dims = dims
          Fan = Fan.Unknown
          DType = DType.Float32
          Offsets = [ 4311361694L; 4311361696L; 0L; 8622723389L ] }

    agrees h

    let value = Array.zeroCreate<float32> 1

    Initialize.into (Memory value) 4311361696L (shapeOf dims) Fan.Unknown (Seed.ofUInt64 1UL) spec
    |> ok

    Assert.Equal(0.9675592f, value[0])

let private faultsOf spec dims fan dtype offset =
    let bytes = Array.zeroCreate<byte>(4 * DType.size dtype)
    codes (Initialize.intoBytes (Span bytes, dtype, offset, shapeOf dims, fan, seed, spec))

[<Fact>]
let ``a matrix that is made as a whole is refused before its memory is asked for`` () =
    for dims, dtype in
        [ [ 1L <<< 62; 1L ], DType.Float32
          [ 1L <<< 61; 2L ], DType.Float32
          [ 1L <<< 58; 16L ], DType.Float16
          [ 1L <<< 61; 1L ], DType.Float64
          [ 1L; 1L <<< 62 ], DType.BFloat16
          [ 3037000499L; 3037000499L ], DType.Float32
          [ 100000L; 100000L ], DType.Float64 ] do
        for spec in
            [ Spec.orthogonal 1.0
              Spec.shift 1.0 (Spec.orthogonal 1.0)
              Spec.clip -0.5 0.5 (Spec.orthogonal 1.0) ] do
            Assert.Equal<string list>([ "workspace-exceeded" ], faultsOf spec dims Fan.Unknown dtype 0L)

    for spec, dims in
        [ Spec.deltaOrthogonal 1.0, [ 1L <<< 62; 1L; 1L ]
          Spec.batched 1 (Spec.orthogonal 1.0), [ 4L; 1L <<< 60; 1L ] ] do
        Assert.Equal<string list>([ "workspace-exceeded" ], faultsOf spec dims Fan.Unknown DType.Float32 0L)

[<Fact>]
let ``the parts that a slice does not meet need no memory`` () =
    let spec =
        Spec.stacked 0 [ 4L, Spec.normal 0.0 1.0; (1L <<< 61) - 4L, Spec.orthogonal 1.0 ]

    let dims = [ 1L <<< 61; 2L ]
    Assert.Equal<string list>([], faultsOf spec dims Fan.Unknown DType.Float32 0L)
    Assert.Equal<string list>([ "workspace-exceeded" ], faultsOf spec dims Fan.Unknown DType.Float32 6L)

[<Fact>]
let ``every door refuses a matrix that memory does not hold`` () =
    let dims = [ 200000L; 200000L ]
    let spec = Spec.orthogonal 1.0
    let memory = HostMemory.At(4096n, 200000L * 200000L, DType.Float32)

    let filling =
        { Name = "w"
          Spec = spec
          Dims = dims
          Fan = Fan.Unknown
          Seed = seed
          Memory = memory }

    let named: NamedTensor =
        { Name = "w"
          Spec = spec
          Dims = dims
          Fan = Fan.Unknown }

    let expected = [ "workspace-exceeded" ]
    Assert.Equal<string list>(expected, codes (Initialize.tensor Target.cpu (shapeOf dims) Fan.Unknown seed spec))
    Assert.Equal<string list>(expected, codes (Initialize.slice 0L 4L Target.cpu (shapeOf dims) Fan.Unknown seed spec))
    Assert.Equal<string list>(expected, codes (Initialize.intoAll [ filling ]))
    Assert.Equal<string list>(expected, codes (Initialize.tensors Target.cpu seed [ named ]))
    Assert.Equal<string list>(expected, codes (Initialize.shape Target.cpu Fan.Unknown spec dims))

[<Fact>]
let ``sizes of parts whose sum passes 2^63 are a fault`` () =
    for sizes in
        [ [ Int64.MaxValue; 1L ]
          [ Int64.MaxValue; Int64.MaxValue; 6L ]
          [ 1L <<< 62; 1L <<< 62; 1L <<< 62; 1L <<< 62; 4L ] ] do
        let spec = Spec.stacked 0 (sizes |> List.map (fun size -> size, Spec.zeros))

        Assert.Equal<string list>(
            [ "stacked-sizes" ],
            codes (Plan.resolve spec (shapeOf [ 4L ]) Fan.Unknown DType.Float32)
        )

    let numbers = NumberArray([ 1L <<< 32; 1L <<< 32; 2L ], [])

    Assert.Contains(
        "literal-length",
        codes (Plan.resolve (Spec.Literal numbers) (shapeOf [ 0L ]) Fan.Unknown DType.Float32)
    )

[<Fact>]
let ``shapes without elements may have sizes whose products pass 2^63`` () =
    let huge = 1L <<< 62

    for spec in
        [ Spec.orthogonal 1.0
          Spec.identity 1.0
          Spec.dirac 1L
          Spec.stacked 0 [ 0L, Spec.ones ]
          Spec.stacked 1 [ huge, Spec.orthogonal 1.0 ] ] do
        for fan in [ Fan.Unknown; Fan.Axes(FanAxes.Of(FanAxis.In, FanAxis.Spatial, FanAxis.Out)) ] do
            let shape = shapeOf [ 0L; huge; huge ]

            match Plan.distribution spec shape fan with
            | Ok law -> Law.ofResolved law |> ignore
            | Error faults -> Assert.DoesNotContain("shape-overflow", faults |> List.map InitError.code)
