/// Every lane width against the scalar one and the reference, bit for bit.
module Initializers.Properties.LaneTests

open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open System
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let private bodyOf law dtype =
    let spec =
        match law with
        | Resolved.Constant value -> Spec.constant value
        | Resolved.Uniform(low, high) -> Spec.uniform low high
        | Resolved.Normal(mean, stddev) -> Spec.normal mean stddev
        | Resolved.TruncatedNormal(mean, stddev, lower, upper, _, _, _) -> Spec.truncatedNormal mean stddev lower upper
        | Resolved.Logistic(loc, scale) -> Spec.logistic loc scale
        | Resolved.Laplace(loc, scale) -> Spec.laplace loc scale
        | Resolved.Gumbel(loc, scale) -> Spec.gumbel loc scale
        | Resolved.Triangular(low, mode, high) -> Spec.triangular low mode high
        | Resolved.Quantile f -> Spec.Quantile f

    match Plan.resolve spec Shape.scalar Fan.Unknown dtype with
    | Ok plan -> Some plan.Body
    | Error _ -> None

/// The float32 k units in the last place above x.
let private up k (x: float32) =
    float (BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits x + k))

/// Laws for every dtype that can hold them: common ones, results among the subnormals of each dtype, ends of ranges, and
/// intervals with 1 to 3 representable values inside.
let private laws =
    [ for value in [ 0.0; -0.0; 1.0; 0.1; -65504.0; 6.0e-8; 3.0e-8; 1.0e-40; 3.0e38 ] do
          Resolved.Constant value
      for mean, stddev in
          [ 0.0, 1.0
            0.0, 0.02
            1.5, 0.3
            -3.0, 1.0e-9
            0.0, 0.0
            2.0, 0.0
            0.0, 2.0e-6 // subnormal in float16
            1.0e-7, 1.0e-8
            0.0, 1.0e-39 // subnormal in float32 and bfloat16
            0.0, 1.0e-45
            0.0, 1.0e-60 // 0 in every dtype
            0.0, 10000.0
            1.0e30, 1.0e37
            0.0, 65504.0 / NormalTable.reach
            0.0, 5.0e37
            1.0e300, 1.0e305
            0.0, 1.0e-310 // subnormal in float64
            0.0, 5.0e-324 ] do
          Resolved.Normal(mean, stddev)
      for low, high in
          [ 0.0, 1.0
            -1.0, 1.0
            -0.1, 0.3
            1.0, 2.0
            -2.0e-5, 7.0e-5 // subnormal in float16
            -1.0e-7, 1.0e-7
            -1.0e-50, 1.0 // -0 is the least value inside
            -1.0, 1.0e-50
            0.0, 1.0e-38 // subnormal in float32 and bfloat16
            -3.0e-45, 5.0e-45
            -65504.0, 65504.0
            60000.0, 65504.0
            -3.38e38, 3.38e38
            3.0e38, 3.4e38
            -1.7e308, 1.7e308
            1.0e308, 1.1e308
            -1.0e-323, 1.5e-323
            1.0, Math.BitIncrement(Math.BitIncrement 1.0) // one float64 inside
            1.0, up 2u 1.0f // one float32 inside
            1.0, up 3u 1.0f
            -(up 4u 1.0f), -1.0
            up 1u 1.0f - 1.0e-12, up 1u 1.0f + 1.0e-12
            1.0, 1.0 + 2.0 * 0.0009765625 // one float16 inside
            1.0, 1.0 + 4.0 * 0.0009765625
            1.0, 1.0 + 2.0 * 0.0078125 // one bfloat16 inside
            1.0, 1.0 + 4.0 * 0.0078125
            0.1, 0.1001
            0.1, 0.101 ] do
          Resolved.Uniform(low, high)
      for lower, upper in
          [ -2.0, 2.0
            -100.0, 100.0
            -5.0, 5.01
            5.25, infinity
            -infinity, 0.5
            0.1, 0.11 ] do
          let mean, stddev = 0.25, 0.02

          Resolved.TruncatedNormal(
              mean,
              stddev,
              lower,
              upper,
              mean + lower * stddev,
              mean + upper * stddev,
              upper - lower
          )
      for loc, scale in [ 0.0, 1.0; -1.5, 0.3 ] do
          Resolved.Logistic(loc, scale)
          Resolved.Laplace(loc, scale)
          Resolved.Gumbel(loc, scale)
      for mode in [ 0.0; 0.9; 1.0 ] do
          Resolved.Triangular(0.0, mode, 1.0) ]

/// The bits of elements in memory.
let private patternsOf size (memory: byte[]) start count : uint64[] =
    Array.init count (fun i ->
        match size with
        | 8 -> BitConverter.ToUInt64(memory, start + 8 * i)
        | 4 -> uint64 (BitConverter.ToUInt32(memory, start + 4 * i))
        | _ -> uint64 (BitConverter.ToUInt16(memory, start + 2 * i)))

/// Elements by a tile, between two walls of bytes that it must leave alone.
let private run width dtype body key stream offset count : uint64[] =
    let size = DType.size dtype
    let wall = 64
    let memory = Array.create<byte> (2 * wall + count * size) 0xA5uy
    use p = fixed memory

    Tiles.Run(
        width,
        dtype,
        Formula.ofBody body,
        key,
        stream,
        offset,
        int64 count,
        NativePtr.toNativeInt p + nativeint wall
    )

    Assert.True(memory.AsSpan(0, wall).IndexOfAnyExcept(0xA5uy) < 0, "wrote before the target")
    Assert.True(memory.AsSpan(wall + count * size).IndexOfAnyExcept(0xA5uy) < 0, "wrote behind the target")

    patternsOf size memory wall count

let private key = 0x9E3779B97F4A7C15UL
let private stream = 0x0123456789ABCDEFUL

/// The first difference, with what led to it.
let private same (expected: ReadOnlySpan<uint64>) (actual: uint64[]) (where: unit -> string) =
    if not (expected.SequenceEqual(ReadOnlySpan actual)) then
        let i = expected.CommonPrefixLength(ReadOnlySpan actual)
        Assert.Fail $"{where ()}: element {i} is {actual[i]:x8}, not {expected[i]:x8}"

/// All laws at the given offsets and counts. Returns how many (law, dtype, width, offset, count) were compared.
let private agree laws offsets counts =
    let mutable cases = 0

    for dtype in dtypes do
        for law in laws do
            match bodyOf law dtype with
            | None -> ()
            | Some body ->
                for offset in offsets do
                    let all = Reference.patterns law dtype key stream offset (List.max counts)

                    for width in Tiles.Available do
                        for count in counts do
                            same (ReadOnlySpan(all, 0, count)) (run width dtype body key stream offset count) (fun () ->
                                $"{law} {dtype} {width} offset {offset} count {count}")

                            cases <- cases + 1

    cases

// ---------------------------------------------------------------------------------------------------------------
// narrowing

/// Narrows a run of float32 patterns by the lanes of one width.
let inline private narrowWith
    (lanes: int)
    (dtype: DType)
    (count: int)
    (source: nativeptr<uint32>)
    (target: nativeptr<uint16>)
    (_: ^W)
    (_: ^R)
    =
    let mutable i = 0

    if dtype = DType.Float16 then
        while i < count do
            let x: ^W = Lane.load (NativePtr.add source i)
            let value: ^R = Lane.real x
            Lane.storeHalf (NativePtr.add target i) (Transforms.toFloat16 x value)
            i <- i + lanes
    else
        while i < count do
            let x: ^W = Lane.load (NativePtr.add source i)
            let value: ^R = Lane.real x
            Lane.storeHalf (NativePtr.add target i) (Transforms.toBFloat16 (Lane.bits value: ^W))
            i <- i + lanes

let private narrow1 dtype count source target =
    narrowWith 1 dtype count source target Unchecked.defaultof<Word1> Unchecked.defaultof<Real1>

let private narrow4 dtype count source target =
    narrowWith 4 dtype count source target Unchecked.defaultof<Word4> Unchecked.defaultof<Real4>

let private narrow8 dtype count source target =
    narrowWith 8 dtype count source target Unchecked.defaultof<Word8> Unchecked.defaultof<Real8>

let private narrow16 dtype count source target =
    narrowWith 16 dtype count source target Unchecked.defaultof<Word16> Unchecked.defaultof<Real16>

let private narrow width =
    match width with
    | TileWidth.Bits512 -> narrow16
    | TileWidth.Bits256 -> narrow8
    | TileWidth.Bits128 -> narrow4
    | _ -> narrow1

/// What the contract asks to be narrowed: finite, and for float16 no further out than its largest value.
let private narrowable dtype (bits: uint32) =
    if dtype = DType.Float16 then
        (bits &&& 0x7FFFFFFFu) <= 0x477FE000u
    else
        (bits &&& 0x7FFFFFFFu) < 0x7F800000u

/// float32 to bfloat16 as `Reference.narrow` does it, in integers, for 2^32 patterns.
let private oracle dtype (bits: uint32) =
    if dtype = DType.Float16 then
        BitConverter.HalfToUInt16Bits(Half.op_Explicit (BitConverter.UInt32BitsToSingle bits): Half)
    else
        let rest = bits &&& 0xFFFFu
        let inner = bits >>> 16

        uint16 (
            if rest > 0x8000u || (rest = 0x8000u && inner % 2u = 1u) then
                inner + 1u
            else
                inner
        )

/// Compares patterns first, first + step, ... at every width; returns how many were narrowable.
let private compareNarrowing dtype (first: uint32) (step: uint32) (count: int64) : int64 =
    let block = 4096
    let blocks = int ((count + int64 block - 1L) / int64 block)
    let mutable compared = 0L

    Parallel.For(
        0,
        blocks,
        fun index ->
            let start = int64 index * int64 block
            let n = int (min (int64 block) (count - start))
            let source = Array.init block (fun i -> first + step * uint32 (start + int64 i))
            let target = Array.zeroCreate<uint16> block
            use p = fixed source
            use q = fixed target
            let expected = source |> Array.map (oracle dtype)
            let mutable here = 0L

            for width in Tiles.Available do
                narrow width dtype block p q
                here <- 0L

                for i in 0 .. n - 1 do
                    if narrowable dtype source[i] then
                        here <- here + 1L

                        if target[i] <> expected[i] then
                            Assert.Fail $"{dtype} {width}: {source[i]:x8} to {target[i]:x4}, not {expected[i]:x4}"

            Threading.Interlocked.Add(&compared, here) |> ignore
    )
    |> ignore

    compared

type LaneTests(output: ITestOutputHelper) =

    [<Fact>]
    member _.``every width that the processor has is tested``() =
        let expected =
            [ if
                  Avx512F.IsSupported
                  && Avx512BW.IsSupported
                  && Avx512CD.IsSupported
                  && Avx512DQ.IsSupported
                  && Vector512.IsHardwareAccelerated
              then
                  TileWidth.Bits512
              if Avx2.IsSupported && Fma.IsSupported then
                  TileWidth.Bits256
                  TileWidth.Bits128
              TileWidth.Scalar ]

        output.WriteLine $"tile widths on this processor: {Tiles.Available}"
        Assert.Equal<TileWidth list>(expected, Tiles.Available)
        Assert.Equal(List.head expected, Tiles.Widest)

    [<Fact>]
    member _.``every width gives the reference's bits for every law and dtype``() =
        let cases = agree laws [ 0L; 1L; 4095L ] [ 0; 1; 2; 3; 4; 5; 15; 16; 17; 4097 ]
        output.WriteLine $"{cases} cases"
        Assert.True(cases > 5000)

    [<Fact>]
    member _.``a GPU's kernels, run thread by thread on the CPU, give the reference's bits for every law and dtype``() =
        use context =
            Context.Create(fun builder -> (Intrinsics.enable builder).CPU(CPUDevice(2, 1, 1)) |> ignore)

        use accelerator = context.GetCPUDevice(0).CreateAccelerator context
        let kernels = GpuKernels accelerator
        let mutable cases = 0

        for offset, count in [ 0L, 64; 5L, 38; (1L <<< 35) - 3L, 9 ] do
            for dtype in dtypes do
                for law in laws do
                    match bodyOf law dtype with
                    | None -> ()
                    | Some body ->
                        let size = DType.size dtype
                        use buffer = accelerator.Allocate1D<byte>(int64 (count * size))

                        let job =
                            { Key = key
                              Stream = stream
                              Offset = offset
                              Count = int64 count }

                        kernels.Run(dtype, [ { Body = body; Job = job; Place = 0L } ], buffer.View.BaseView)
                        let actual = patternsOf size (buffer.GetAsArray1D()) 0 count
                        let expected = Reference.patterns law dtype key stream offset count
                        same (ReadOnlySpan expected) actual (fun () -> $"{law} {dtype} offset {offset} count {count}")
                        cases <- cases + 1

        output.WriteLine $"{cases} cases"
        Assert.True(cases > 500)

    [<Fact>]
    member _.``every width gives the reference's bits wherever a slice begins and ends``() =
        let laws = [ Resolved.Normal(0.5, 0.02); Resolved.Uniform(-0.1, 0.3) ]
        let ends = [ 0; 1; 2; 3; 5; 4095; 4096; 4097; 100003 ]
        agree laws [ 1L; 100003L ] ends |> ignore
        agree laws (ends |> List.map int64) [ 0; 1; 2; 3; 5; 4097 ] |> ignore

    [<Fact>]
    member _.``every width gives the reference's bits far out``() =
        let laws = [ Resolved.Normal(0.0, 1.0); Resolved.Uniform(0.0, 1.0) ]

        let far =
            [ (1L <<< 32) - 5L; (1L <<< 34) - 4098L; 1L <<< 62; Int64.MaxValue - 5003L ]

        agree laws far [ 1; 5003 ] |> ignore

    [<Fact>]
    member _.``narrowing is to nearest even for patterns over the whole range``() =
        for dtype in [ DType.Float16; DType.BFloat16 ] do
            // An odd step visits every value of the low bits.
            let compared = compareNarrowing dtype 0u 257u ((1L <<< 32) / 257L)
            output.WriteLine $"{dtype}: {compared} patterns a width"

    [<Fact>]
    member _.``narrowing is to nearest even next to every tie``() =
        // Ties of both dtypes end in 12 zero bits, subnormal ones of float16 in more.
        for low in [ 0u; 1u; 0xFFFu ] do
            for dtype in [ DType.Float16; DType.BFloat16 ] do
                compareNarrowing dtype low 0x1000u (1L <<< 20) |> ignore

    [<Fact; Trait("Category", "Long")>]
    member _.``narrowing is to nearest even for all 2^32 patterns``() =
        for dtype in [ DType.Float16; DType.BFloat16 ] do
            let compared = compareNarrowing dtype 0u 1u (1L <<< 32)
            output.WriteLine $"{dtype}: {compared} patterns a width"
