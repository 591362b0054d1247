/// Compares an OpenCL device with the golden files and the CPU. Without a device the tests are skipped, with a reason; where
/// INITIALIZERS_REQUIRE names opencl, as .ci/opencl does, its absence fails them.
module Initializers.Properties.OpenClTests

open System
open System.Collections.Generic
open System.Threading
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.OpenCL
open Xunit
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// The device that the tests use.
[<Literal>]
let Name = "opencl:0"

/// Why tests of a device are skipped, or null: xunit's attributes know no other absence.
let skip (required: string | null) (present: string list) : string | null =
    let isRequired =
        match required with
        | null -> false
        | names -> names.Split ',' |> Array.exists (fun name -> name.Trim() = "opencl")

    if isRequired || List.contains Name present then
        null
    else
        $"no OpenCL device that keeps the bits is here; .ci/opencl runs these. Present: {present}."

let private reason =
    lazy (skip (Environment.GetEnvironmentVariable "INITIALIZERS_REQUIRE") (Initialize.devices () |> List.map fst))

/// A fact about an OpenCL device.
type OpenClFactAttribute() as this =
    inherit FactAttribute()
    do this.Skip <- reason.Value

/// A theory about an OpenCL device.
type OpenClTheoryAttribute() as this =
    inherit TheoryAttribute()
    do this.Skip <- reason.Value

let private device = Device Name

let private equal (different: string list, all: int) =
    Assert.True(List.isEmpty different, String.concat "\n" different)
    all

[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``every golden case has the golden file's bits`` (dtype: DType) =
    let all = equal (DeviceBits.golden device dtype (GoldenFile.text dtype))
    Assert.Equal(Golden.all.Length, all)

[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``slices that begin and end anywhere have the CPU's bits`` (dtype: DType) =
    Assert.Equal(2 * Golden.cases.Length, equal (DeviceBits.slices device dtype))

/// Slices of golden cases compared with the CPU's, as many as there should be.
let private compare dtype (count: int) (slices: (Golden.Case * int64 * int) list) =
    Assert.Equal(count, slices.Length)

    for case, offset, count in slices do
        Assert.True(
            (Golden.bytesOn device case dtype offset count = Golden.bytes case dtype offset count),
            $"{case.Name} {dtype} [{offset}, {offset + int64 count})"
        )

[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``slices with every head and tail, across 2^31 and 2^32 and up to the end have the CPU's bits`` (dtype: DType) =
    let random = Random 6

    compare
        dtype
        (11 * Golden.cases.Length)
        [ for case in Golden.cases do
              let length = (Golden.shape case).Length

              for first in 0L .. 3L do
                  case, first, int (4L - first)
                  case, first + 4L * random.NextInt64 5000L, 1 + random.Next 40

              case, (1L <<< 31) - random.NextInt64 99L, 99 + random.Next 99
              case, (1L <<< 32) - random.NextInt64 99L, 99 + random.Next 99
              case, length - 77L, 77 ]

/// The largest shape that there is, where indices of elements, bytes and blocks outgrow 32 bits, and 62.
[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``slices of a shape of 2^63 - 1 elements have the CPU's bits wherever they lie`` (dtype: DType) =
    compare
        dtype
        (4 * 5 * 2)
        [ for spec in
              [ Spec.uniform -0.1 0.3
                Spec.normal 0.0 1.0
                Spec.gumbel 0.0 1.0
                Spec.constant 0.1 ] do
              for offset in
                  [ (1L <<< 34) - 7L
                    (1L <<< 40) - 50002L
                    (1L <<< 62) - 3L
                    (1L <<< 62) + 12345L
                    Int64.MaxValue - 100003L ] do
                  for count in [ 9; 100003 ] do
                      { List.head Golden.cases with
                          Name = SpecText.toText spec
                          Spec = spec
                          Dims = [ Int64.MaxValue ] },
                      offset,
                      count ]

[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``tensors of one list have the CPU's bits`` (dtype: DType) =
    Assert.True(equal (DeviceBits.list device dtype) > 7 * Golden.cases.Length)

/// A tensor of up to 2^20 elements shares the list's launch; a larger one gets a separate launch.
[<OpenClTheory; Trait("Category", "OpenCL")>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``tensors of one list on both sides of the largest that shares a launch have the CPU's bits`` (dtype: DType) =
    let requests =
        [ for spec in
              [ Spec.uniform -0.1 0.3
                Spec.normal 0.0 1.0
                Spec.gumbel 0.0 1.0
                Spec.constant 0.1 ] do
              for excess in -1L .. 1L do
                  { Name = $"{SpecText.toText spec} {excess}"
                    Spec = spec
                    Dims = [ (1L <<< 20) + excess ]
                    Fan = Fan.Unknown } ]

    let made device =
        Initialize.tensors { Device = device; DType = dtype } (Seed.ofUInt64 7UL) requests
        |> ok

    for request, here, there in List.zip3 requests (made Device.Cpu) (made device) do
        use here = here
        use there = there
        Assert.True((here.ToArray<byte>() = there.ToArray<byte>()), $"{request.Name} {dtype}")

[<OpenClFact; Trait("Category", "OpenCL")>]
let ``sixteen threads at once have the CPU's bits`` () =
    let bytes device i =
        let case = Golden.cases[i * 3]

        Initialize.slice
            (int64 i)
            10007L
            { Device = device
              DType = dtypes[i % 4] }
            (Golden.shape case)
            case.Fan
            (Golden.seed case)
            case.Spec
        |> Result.map (fun tensor ->
            use tensor = tensor
            tensor.ToArray<byte>())

    let found = Array.create 16 (Error [])
    use barrier = new Barrier 16

    let threads =
        [ for i in 0..15 ->
              Thread(fun () ->
                  barrier.SignalAndWait()
                  found[i] <- bytes device i) ]

    threads |> List.iter _.Start()
    threads |> List.iter _.Join()

    for i in 0..15 do
        Assert.True((ok (bytes Device.Cpu i) = ok found[i]), $"thread {i}")

[<OpenClFact; Trait("Category", "OpenCL")>]
let ``any part of any request has the CPU's bits`` () =
    let bytes device (p: Part) =
        let target = { Device = device; DType = p.Of.DType }

        use tensor =
            ok (Initialize.slice p.Offset p.Count target p.Of.Shape p.Of.Fan p.Of.Seed p.Of.Spec)

        tensor.ToArray<byte>()

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 300,
        Prop.forAll (Arb.fromGen part) (fun p -> bytes device p = bytes Device.Cpu p)
    )

/// The driver writes into the array behind the runtime's back, so the array must not move before it has.
[<OpenClFact; Trait("Category", "OpenCL")>]
let ``a copy to an array survives collections that move arrays`` () =
    // 80 kB: larger arrays lie where no collection moves them.
    use tensor =
        ok (
            Initialize.tensor
                { Device = device
                  DType = DType.Float32 }
                (shapeOf [ 20000L ])
                Fan.Unknown
                (Seed.ofUInt64 3UL)
                (Spec.normal 0.0 1.0)
        )

    let expected = tensor.ToArray<float32>()
    let goesOn = ref true

    // A pause after each, or the copies would wait for collections alone.
    let collector =
        Thread(fun () ->
            while goesOn.Value do
                GC.Collect(0, GCCollectionMode.Forced, true, true)
                Thread.Sleep 1)

    collector.Start()

    try
        for _ in 1..500 do
            // Garbage below each array, so that a collection has a reason to move it.
            let garbage = Array.zeroCreate<byte> 10000
            let actual = tensor.ToArray<float32>()
            Assert.True(ReadOnlySpan(expected).SequenceEqual(ReadOnlySpan actual))
            GC.KeepAlive garbage
    finally
        goesOn.Value <- false
        collector.Join()

/// Views of the caller's own accelerator that begin at any element, so that vectors are stored to some and not to others;
/// what lies around them stays.
let private intoViews<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (accelerator: Accelerator)
    (dtype: DType)
    =
    let size = DType.size dtype
    let room = 5000
    use buffer = accelerator.Allocate1D<byte>(int64 (room * size))
    let view = buffer.View.AsContiguous()

    for case in Golden.cases do
        for start, offset, count in
            [ 0, 0L, room
              1, 0L, 4003
              4, 4L, 17
              8, 3L, 4096
              3, Golden.farOffset + 1L, 2 ] do
            buffer.MemSetToZero()

            Initialize.fillView
                (view.Cast<'T>().SubView(int64 start, int64 count))
                offset
                (Golden.shape case)
                case.Fan
                (Golden.seed case)
                case.Spec
            |> ok

            let expected = Array.zeroCreate<byte>(room * size)
            let part = Golden.bytes case dtype offset count
            part.CopyTo(expected, start * size)
            Assert.Equal<IEnumerable<byte>>(expected, buffer.GetAsArray1D())

[<OpenClFact; Trait("Category", "OpenCL")>]
let ``a caller's view gets the CPU's bits, and nothing outside it is touched`` () =
    use context =
        Context.Create(fun builder -> builder.EnableInitializers().OpenCL() |> ignore)

    use accelerator = context.GetCLDevice(0).CreateAccelerator context
    intoViews<float32> accelerator DType.Float32
    intoViews<ILGPU.Half> accelerator DType.Float16
    intoViews<BFloat16> accelerator DType.BFloat16
    intoViews<float> accelerator DType.Float64

[<Theory>]
[<InlineData(null, "cpu", true)>]
[<InlineData("", "cpu", true)>]
[<InlineData("cuda", "cpu", true)>]
[<InlineData("opencl", "cpu", false)>]
[<InlineData("cuda, opencl", "cpu", false)>]
[<InlineData(null, Name, false)>]
let ``absence is skipped unless it is required`` (required: string | null, present: string, skipped: bool) =
    Assert.Equal(skipped, not (isNull (skip required [ present ])))
