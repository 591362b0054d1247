/// Orthogonal matrices: the reference's bits, orthogonality, and the Haar measure.
///
/// The checks of the measure are MatrixStatistics', with n matrices each; WrongSamplersTests has what they reject.
module Initializers.Properties.OrthogonalTests

open System
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open FsCheck
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Samplers
open Initializers.Properties.MatrixStatistics

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

/// Bytes of a matrix that `write` puts between two walls, which it must leave alone.
let private between (dtype: DType) rows cols (write: nativeint -> unit) : byte[] =
    let wall = 64
    let bytes = rows * cols * DType.size dtype
    let memory = Array.create<byte> (2 * wall + bytes) 0xA5uy
    use p = fixed memory
    write (NativePtr.toNativeInt p + nativeint wall)
    Assert.True(memory.AsSpan(0, wall).IndexOfAnyExcept(0xA5uy) < 0, "wrote before the target")
    Assert.True(memory.AsSpan(wall + bytes).IndexOfAnyExcept(0xA5uy) < 0, "wrote behind the target")
    memory[wall .. wall + bytes - 1]

let private writeAt width threads dtype (seed: Seed) gain rows cols =
    between dtype rows cols (fun address ->
        Orthogonal.Write(width, threads, dtype, seed, gain, int64 rows, int64 cols, address))

let private write dtype (seed: Seed) gain rows cols =
    between dtype rows cols (fun address -> Orthogonal.Write(dtype, seed, gain, int64 rows, int64 cols, address))

let private patternsOf (dtype: DType) (bytes: byte[]) : uint64[] =
    let size = DType.size dtype

    Array.init (bytes.Length / size) (fun i ->
        match size with
        | 2 -> uint64 (BitConverter.ToUInt16(bytes, i * size))
        | 4 -> uint64 (BitConverter.ToUInt32(bytes, i * size))
        | _ -> BitConverter.ToUInt64(bytes, i * size))

/// Values of float32 or float64 as float64.
let private valuesOf (dtype: DType) (bytes: byte[]) : float[] =
    patternsOf dtype bytes
    |> Array.map (fun x ->
        if dtype = DType.Float64 then
            BitConverter.UInt64BitsToDouble x
        else
            float (BitConverter.UInt32BitsToSingle(uint32 x)))

/// Single entries, tall, wide, square; across seams of panels, blocks, tiles and pieces of rows that are drawn.
let private shapes =
    [ 1, 1
      1, 2
      2, 1
      1, 9
      9, 1
      2, 2
      3, 3
      5, 3
      3, 5
      17, 5
      47, 49
      48, 48
      63, 63
      64, 64
      65, 65
      64, 65
      65, 64
      130, 130
      100, 130
      257, 70
      70, 257
      900, 66
      2, 1600
      1600, 2 ]

let private seed = Seed(0x0123456789ABCDEFUL, 0xFEDCBA9876543210UL)

/// The largest deviation of columns' products from those of orthogonal columns of length 1.
let private deviation (columns: float[][]) : float =
    let dot (a: float[]) (b: float[]) =
        let lanes = Numerics.Vector<float>.Count
        let mutable sum = Numerics.Vector<float>.Zero
        let mutable i = 0

        while i <= a.Length - lanes do
            sum <- sum + Numerics.Vector<float>(a, i) * Numerics.Vector<float>(b, i)
            i <- i + lanes

        let mutable total = Numerics.Vector.Sum sum

        for k in i .. a.Length - 1 do
            total <- total + a[k] * b[k]

        total

    // Some columns at once, which stay in the cache.
    let together = 16
    let groups = (columns.Length + together - 1) / together
    let worst = Array.zeroCreate<float> groups

    Parallel.For(
        0,
        groups,
        fun group ->
            let first = group * together

            for j in first .. columns.Length - 1 do
                for i in first .. min j (first + together - 1) do
                    let expected = if i = j then 1.0 else 0.0
                    worst[group] <- max worst[group] (abs (dot columns[i] columns[j] - expected))
    )
    |> ignore

    Array.max worst

/// Columns, or rows where those are fewer, divided by the gain.
let private unitColumns dtype gain rows cols bytes =
    let values = valuesOf dtype bytes
    let n, p = max rows cols, min rows cols

    Array.init p (fun c ->
        Array.init n (fun r -> (if rows < cols then values[c * n + r] else values[r * p + c]) / gain))

/// The names of the Haar measure's checks that reject shipped matrices.
let private faults (checks: MatrixCheck list) dtype rows cols count =
    let sample = Matrices(shippedMatrices dtype (Spec.orthogonal 1.0) rows cols count)

    checks
    |> List.map (fun check -> check.Name, check.Run sample)
    |> List.filter (fun (_, verdict) -> not verdict.Accepts)

type OrthogonalTests(output: ITestOutputHelper) =

    [<Fact>]
    member _.``every width, dtype and shape gives the reference's bits``() =
        for rows, cols in shapes do
            for dtype in dtypes do
                let gain = 1.4142135623730951

                let expected =
                    ReferenceOrthogonal.patterns dtype seed.Key seed.Stream gain rows cols

                for width in PhiloxTiles.Available do
                    let actual = patternsOf dtype (writeAt width 1 dtype seed gain rows cols)

                    for i in 0 .. expected.Length - 1 do
                        if actual[i] <> expected[i] then
                            Assert.Fail
                                $"{rows} x {cols} {dtype} {width} element {i}: {actual[i]:x}, not {expected[i]:x}"

    [<Property(MaxTest = 60)>]
    member _.``any small matrix has the reference's bits``
        (key: uint64, stream: uint64, PositiveInt rows, PositiveInt cols, gain: NormalFloat)
        =
        let gain = Math.Clamp(gain.Get, -1000.0, 1000.0)
        let rows, cols = 1 + rows % 40, 1 + cols % 40
        let seed = Seed(key, stream)

        [ DType.Float32; DType.Float64 ]
        |> List.forall (fun dtype ->
            ReferenceOrthogonal.patterns dtype key stream gain rows cols =
                patternsOf dtype (write dtype seed gain rows cols))

    [<Fact>]
    member _.``every width and any number of threads give one matrix's bits``() =
        // One thread takes two blocks of the last shape at once.
        for rows, cols in [ 200, 200; 700, 333; 150, 1000; 420, 400 ] do
            for dtype in dtypes do
                let expected = write dtype seed 1.0 rows cols

                for width in PhiloxTiles.Available do
                    for threads in [ 1; 2; 5 ] do
                        Assert.True(
                            expected.AsSpan().SequenceEqual(writeAt width threads dtype seed 1.0 rows cols),
                            $"{rows} x {cols} {dtype} {width} {threads} threads"
                        )

    [<Fact>]
    member _.``a wide matrix is the transpose of a tall one``() =
        let tall = valuesOf DType.Float64 (write DType.Float64 seed 2.0 90 70)
        let wide = valuesOf DType.Float64 (write DType.Float64 seed 2.0 70 90)
        Assert.Equal<float>(tall, Array.init (90 * 70) (fun i -> wide[i % 70 * 90 + i / 70]))

    [<Fact>]
    member _.``a shape without elements writes nothing``() =
        for rows, cols in [ 0, 0; 0, 5; 5, 0 ] do
            for dtype in dtypes do
                write dtype seed 1.0 rows cols |> ignore

    [<Fact>]
    member _.``columns, or rows where those are fewer, are orthogonal and as long as the gain``() =
        for rows, cols in shapes @ [ 512, 512; 1500, 200; 300, 1200 ] do
            for dtype, most in [ DType.Float32, 2.0e-6; DType.Float64, 1.0e-13 ] do
                for gain in [ 1.0; 0.02; -3.0 ] do
                    let worst =
                        write dtype seed gain rows cols |> unitColumns dtype gain rows cols |> deviation

                    Assert.True(worst <= most, $"{rows} x {cols} {dtype} gain {gain}: {worst}")

    [<Fact; Trait("Category", "Long")>]
    member _.``4096 columns of 4096 rows are orthogonal``() =
        for dtype, most in [ DType.Float32, 2.0e-6; DType.Float64, 1.0e-13 ] do
            let worst =
                write dtype seed 1.0 4096 4096 |> unitColumns dtype 1.0 4096 4096 |> deviation

            output.WriteLine $"{dtype}: {worst}"
            Assert.True(worst <= most, $"{dtype}: {worst}")

    /// n = 20,000 of order 8.
    [<Fact>]
    member _.``square matrices follow the Haar measure``() =
        for dtype in [ DType.Float32; DType.Float64 ] do
            Assert.Empty(faults (Haar.shaped dtype 8 8 @ Haar.square 8) dtype 8 8 20000)

    /// n = 1,500 of order 70: across a seam of panels and of blocks.
    [<Fact>]
    member _.``larger matrices follow the Haar measure``() =
        Assert.Empty(faults (Haar.square 70) DType.Float32 70 70 1500)

    /// n = 20,000.
    [<Fact>]
    member _.``entries of tall and of wide matrices have the sphere's law``() =
        for rows, cols in [ 12, 3; 3, 12 ] do
            Assert.Empty(faults (Haar.shaped DType.Float32 rows cols) DType.Float32 rows cols 20000)

    /// By the text-book density of a rotation's angle, (1 - cos)/pi, and of O(2)'s uniform one.
    [<Fact>]
    member _.``the smallest angle of small orders has its closed form``() =
        for s in [ 0.0; 0.1; 1.0; 2.5; Math.PI ] do
            Assert.Equal((s - sin s) / Math.PI, Haar.smallestAngleCdf 3 true s, 1.0e-14)
            Assert.Equal((s + sin s) / Math.PI, Haar.smallestAngleCdf 3 false s, 1.0e-14)
            Assert.Equal(s / Math.PI, Haar.smallestAngleCdf 2 true s, 1.0e-14)
            // Order 4: the density of two angles is (cos a - cos b)²/pi².
            let none =
                MathNet.Numerics.Integration.GaussLegendreRule.Integrate(
                    (fun a b -> (cos a - cos b) ** 2.0 / Math.PI ** 2.0),
                    s,
                    Math.PI,
                    s,
                    Math.PI,
                    64
                )

            Assert.Equal(1.0 - none, Haar.smallestAngleCdf 4 true s, 1.0e-12)
