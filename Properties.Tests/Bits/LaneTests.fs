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
open Initializers.Properties.LaneCases

/// Elements by a tile, between two walls of bytes that it must leave alone.
let private run width dtype body key stream offset count : uint64[] =
    let size = DType.size dtype
    let wall = 64
    let memory = Array.create<byte> (2 * wall + count * size) 0xA5uy
    use p = fixed memory

    Tiles.Run(
        width,
        dtype,
        Formula.ofDraw body,
        { Key = key
          Stream = stream
          Offset = offset
          Count = int64 count },
        NativePtr.toNativeInt p + nativeint wall
    )

    Assert.True(memory.AsSpan(0, wall).IndexOfAnyExcept(0xA5uy) < 0, "wrote before the target")
    Assert.True(memory.AsSpan(wall + count * size).IndexOfAnyExcept(0xA5uy) < 0, "wrote behind the target")

    patternsOf size memory wall count

/// Compares every distribution at the given offsets and counts. Returns the number of comparisons:
/// one for each distribution, dtype, width, offset and count.
let private agree laws offsets counts =
    let mutable cases = 0

    for dtype in dtypes do
        for law in laws do
            match drawOf law dtype with
            | None -> ()
            | Some body ->
                for offset in offsets do
                    let all = Reference.patterns law dtype key stream offset (List.max counts)

                    for width in PhiloxTiles.Available do
                        for count in counts do
                            same (ReadOnlySpan(all, 0, count)) (run width dtype body key stream offset count) (fun () ->
                                $"{law} {dtype} {width} offset {offset} count {count}")

                            cases <- cases + 1

    cases

// ---------------------------------------------------------------------------------------------------------------
// narrowing

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

            for width in PhiloxTiles.Available do
                Tiles.Narrow(width, dtype, p, block, q)
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

        output.WriteLine $"tile widths on this processor: {PhiloxTiles.Available}"
        Assert.Equal<TileWidth list>(expected, PhiloxTiles.Available)
        Assert.Equal(List.head expected, PhiloxTiles.Widest)

    [<Fact>]
    member _.``every width gives the reference's bits for every distribution and dtype``() =
        let cases = agree laws [ 0L; 1L; 4095L ] [ 0; 1; 2; 3; 4; 5; 15; 16; 17; 4097 ]
        output.WriteLine $"{cases} cases"
        Assert.True(cases > 5000)

    [<Fact>]
    member _.``every width gives the reference's bits wherever a slice begins and ends``() =
        let laws =
            [ Resolved.element (Element.Normal(0.5, 0.02))
              Resolved.element (Element.Uniform(-0.1, 0.3)) ]

        let ends = [ 0; 1; 2; 3; 5; 4095; 4096; 4097; 100003 ]
        agree laws [ 1L; 100003L ] ends |> ignore
        agree laws (ends |> List.map int64) [ 0; 1; 2; 3; 5; 4097 ] |> ignore

    [<Fact>]
    member _.``every width gives the reference's bits far out``() =
        let laws =
            [ Resolved.element (Element.Normal(0.0, 1.0))
              Resolved.element (Element.Uniform(0.0, 1.0)) ]

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
