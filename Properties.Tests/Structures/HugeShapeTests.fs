/// Slices of tensors of up to 2^63 - 1 elements: every index is exact, and what memory does not hold is refused.
module Initializers.Properties.HugeShapeTests

open System
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.HugeShapes

[<Property(MaxTest = 300, Arbitrary = [| typeof<HugeTensors> |])>]
let ``an element of a huge tensor is the reference's`` (h: Huge) = agrees h

[<Fact>]
let ``slices of stacks of 2^33 elements have the values of their indices`` () =
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

    Initialize.fill (Memory value) 4311361696L (shapeOf dims) Fan.Unknown (Seed.ofUInt64 1UL) spec
    |> ok

    Assert.Equal(0.9675592f, value[0])

let private faultsOf spec dims fan dtype offset =
    let bytes = Array.zeroCreate<byte>(4 * DType.size dtype)
    codes (Initialize.fillBytes (Span bytes, dtype, offset, shapeOf dims, fan, seed, spec))

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

    let named: TensorRequest =
        { Name = "w"
          Spec = spec
          Dims = dims
          Fan = Fan.Unknown }

    let expected = [ "workspace-exceeded" ]
    Assert.Equal<string list>(expected, codes (Initialize.tensor Target.cpu (shapeOf dims) Fan.Unknown seed spec))
    Assert.Equal<string list>(expected, codes (Initialize.slice 0L 4L Target.cpu (shapeOf dims) Fan.Unknown seed spec))
    Assert.Equal<string list>(expected, codes (Initialize.fillAll [ filling ]))
    Assert.Equal<string list>(expected, codes (Initialize.tensors Target.cpu seed [ named ]))
    Assert.Equal<string list>(expected, codes (Initialize.validate Target.cpu Fan.Unknown spec dims))

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
          Spec.bilinear
          Spec.stacked 0 [ 0L, Spec.ones ]
          Spec.stacked 1 [ huge, Spec.orthogonal 1.0 ] ] do
        for fan in [ Fan.Unknown; Fan.Axes(FanAxes.Of(FanAxis.In, FanAxis.Spatial, FanAxis.Out)) ] do
            let shape = shapeOf [ 0L; huge; huge ]

            match Plan.distribution spec shape fan with
            | Ok law -> Distribution.ofResolved law |> ignore
            | Error faults -> Assert.DoesNotContain("shape-overflow", faults |> List.map InitError.code)
