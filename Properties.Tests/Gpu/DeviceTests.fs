/// The door's devices: names, absence, and faults of a device with all others.
module Initializers.Properties.DeviceTests

open System
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private on dtype = { Device = Device.Cpu; DType = dtype }

let private made device spec =
    Initialize.tensor
        { Device = device
          DType = DType.Float32 }
        (shapeOf [ 4L ])
        Fan.Unknown
        (Seed.ofUInt64 1UL)
        spec

[<Theory>]
[<InlineData("tpu", "device-unknown")>]
[<InlineData("", "device-unknown")>]
[<InlineData("cpu:1", "device-unknown")>]
[<InlineData("cuda:x", "device-unknown")>]
[<InlineData("cuda:-1", "device-unknown")>]
[<InlineData("cuda:", "device-unknown")>]
[<InlineData("cuda:99999999999", "device-absent")>]
[<InlineData("gpu:1:2", "device-unknown")>]
[<InlineData("cuda:77", "device-absent")>]
[<InlineData("gpu:77", "device-absent")>]
[<InlineData("opencl:77", "device-absent")>]
let ``a device that is nonsense or absent is refused by name`` (name: string, code: string) =
    Assert.Equal<string list>([ code ], codes (made (Device name) Spec.ones))

[<Fact>]
let ``an absent device's message names it and those present`` () =
    match made (Device "gpu:77") Spec.ones with
    | Error [ InitError.DeviceAbsent(name, present) as fault ] ->
        Assert.Equal("cuda:77", name)
        Assert.Contains("cpu", present)
        Assert.Contains("'cuda:77'", InitError.message fault)
    | other -> failwith $"%A{other}"

[<Theory>]
[<InlineData("cpu", "cpu")>]
[<InlineData(" CPU ", "cpu")>]
[<InlineData("cpu:0", "cpu")>]
[<InlineData("gpu:0", "cuda:0")>]
[<InlineData("gpu", "cuda:0")>]
[<InlineData("cuda", "cuda:0")>]
[<InlineData("CUDA:3", "cuda:3")>]
[<InlineData("cuda:03", "cuda:3")>]
[<InlineData("opencl", "opencl:0")>]
let ``aliases of a device are one device`` (name: string, canonical: string) =
    Assert.Equal(canonical, (Device name).Name)
    Assert.Equal(Device canonical, Device name)
    Assert.Equal((Device canonical).GetHashCode(), (Device name).GetHashCode())

[<Fact>]
let ``the CPU is present and first`` () =
    Assert.Equal("cpu", Initialize.devices () |> List.head |> fst)

[<Fact>]
let ``faults of spec, slice, dtype and device come at once`` () =
    let refusal device =
        Initialize.slice
            9L
            9L
            { Device = Device device
              DType = enum 9 }
            (shapeOf [ 10L ])
            (Fan.In 0.0)
            (Seed.ofUInt64 1UL)
            Spec.glorotUniform
        |> codes

    Assert.Equal<string list>([ "dtype-unknown"; "fan-missing"; "slice-out-of-range" ], refusal "cpu")
    Assert.Equal<string list>([ "dtype-unknown"; "fan-missing"; "slice-out-of-range"; "device-unknown" ], refusal "tpu")

    Assert.Equal<string list>(
        [ "dtype-unknown"; "fan-missing"; "slice-out-of-range"; "device-absent" ],
        refusal "cuda:77"
    )

[<Fact>]
let ``faults of sizes come with all others`` () =
    let refusal dims fan spec =
        let target =
            { Device = Device "tpu"
              DType = enum 9 }

        codes (Initialize.validate target fan spec dims)

    Assert.Equal<string list>(
        [ "shape-negative"
          "shape-negative"
          "dtype-unknown"
          "fan-missing"
          "device-unknown" ],
        refusal [ -1L; 2L; -3L ] Fan.Unknown Spec.heNormal
    )

    Assert.Equal<string list>(
        [ "shape-overflow"; "dtype-unknown"; "layout-rank"; "device-unknown" ],
        refusal [ Int64.MaxValue; 2L; 2L ] (Fan.From Layout.OutIn) Spec.heNormal
    )

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Sizes =
    [<Property(MaxTest = 500)>]
    let ``sizes, spec, fan and dtype have the faults that the tensor has`` (AnySpec spec) (Fans(i, _)) (r: Request) =
        let sized = Initialize.validate (on r.DType) (Fan.In i) spec (Shape.dims r.Shape)

        match Initialize.tensor (on r.DType) r.Shape (Fan.In i) r.Seed spec with
        | Ok tensor ->
            tensor.Dispose()
            sized = Ok r.Shape
        | Error faults -> codes sized = codes (Error faults)
