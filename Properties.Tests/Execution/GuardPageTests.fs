/// Targets between two protected pages: a read or write outside a target ends the process.
module Initializers.Properties.GuardPageTests

open System
open System.Runtime.InteropServices
open Xunit
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Generators

[<DllImport("libc", SetLastError = true)>]
extern nativeint private mmap(
    nativeint address,
    unativeint length,
    int protection,
    int flags,
    int file,
    nativeint offset
)

[<DllImport("libc", SetLastError = true)>]
extern int private mprotect(nativeint address, unativeint length, int protection)

[<DllImport("libc", SetLastError = true)>]
extern int private munmap(nativeint address, unativeint length)

let private page = Environment.SystemPageSize

/// Pages that can be read and written between two that cannot.
[<Sealed>]
type private Pages(bytes: int) =
    let inner = (bytes + page - 1) / page * page
    let whole = unativeint (inner + 2 * page)

    // PROT_NONE, MAP_PRIVATE and MAP_ANONYMOUS; then PROT_READ and PROT_WRITE.
    let start = mmap (0n, whole, 0, 0x22, -1, 0n)

    do
        if start = -1n || mprotect (start + nativeint page, unativeint inner, 3) <> 0 then
            failwith "no pages"

    /// Where `length` bytes end with the last page.
    member _.Last(length: int) =
        start + nativeint (page + inner - length)

    /// Where they begin with the first one.
    member _.First = start + nativeint page

    interface IDisposable with
        member _.Dispose() = munmap (start, whole) |> ignore

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let private seed = Seed.ofUInt64 5UL
let private isLinux = OperatingSystem.IsLinux()
let private longest = 3000
let private counts = [ 1; 2; 3; 5; 8; 15; 17; 31; 33; 64; 97; 767; 769; 2999 ]

[<Fact>]
let ``tiles of every width stay inside their target`` () =
    if isLinux then
        use pages = new Pages(8 * longest)

        for dtype in dtypes do
            for law in LaneCases.laws do
                match LaneCases.drawOf law dtype with
                | None -> ()
                | Some body ->
                    for width in PhiloxTiles.Available do
                        for count in counts do
                            for offset in [ 0L; 3L; (1L <<< 34) - 5L ] do
                                for address in [ pages.First; pages.Last(count * DType.size dtype) ] do
                                    Tiles.Run(
                                        width,
                                        dtype,
                                        Formula.ofDraw body,
                                        Job.OfSeed(seed, offset, int64 count),
                                        address
                                    )

[<Fact>]
let ``orthogonal matrices of every width stay inside their target`` () =
    if isLinux then
        use pages = new Pages(8 * 150 * 150)

        for dtype in dtypes do
            for width in PhiloxTiles.Available do
                for rows, columns in [ 1, 1; 1, 7; 9, 4; 63, 65; 64, 64; 130, 3; 3, 130; 150, 150 ] do
                    for threads in [ 1; 3 ] do
                        for address in [ pages.First; pages.Last(rows * columns * DType.size dtype) ] do
                            Orthogonal.Write(width, threads, dtype, seed, 0.5, int64 rows, int64 columns, address)

/// The target of a slice, at both ends of the pages.
let private fill (pages: Pages) (plan: Plan) (offset: int64) (count: int) =
    for address in [ pages.First; pages.Last(count * DType.size plan.DType) ] do
        StructureFill.Run [| HostWork.ofPlan plan seed offset (int64 count) address |]

let private composites =
    [ Spec.orthogonal 1.0, [ 37L; 29L ]
      Spec.shift 1.0 (Spec.orthogonal 1.0), [ 29L; 37L ]
      Spec.sparse 0.3 (Spec.normal 0.0 1.0), [ 41L; 23L ]
      Spec.sparse 0.3 (Spec.orthogonal 1.0), [ 41L; 23L ]
      Spec.deltaOrthogonal 1.0, [ 9L; 7L; 3L; 5L ]
      Spec.dirac 3L, [ 9L; 7L; 3L; 5L ]
      Spec.identity 2.0, [ 31L; 33L ]
      Spec.bilinear, [ 3L; 5L; 7L; 9L ]
      Spec.lstmBias 1.0, [ 1024L ]
      Spec.stft StftSide.Real StftWindow.Hann StftScaling.Density true, [ 16L; 3L; 17L ]
      Spec.formula "sin(i0 + 0.1*i1)", [ 37L; 29L ]
      Spec.mask [ 7L ] [ 1.0; 0.0; 1.0; 1.0; 0.0; 0.0; 1.0 ] (Spec.normal 0.0 1.0), [ 131L; 7L ]
      Spec.stacked 1 [ 3L, Spec.orthogonal 1.0; 0L, Spec.ones; 8L, Spec.uniform -1.0 1.0 ], [ 13L; 11L; 5L ]
      Spec.batched 1 (Spec.sparse 0.5 (Spec.uniform -1.0 1.0)), [ 11L; 9L; 13L ] ]

let private fans (rank: int) =
    [ Fan.Unknown
      if rank >= 2 then
          Fan.Axes(FanAxes.Of(Array.append [| FanAxis.In; FanAxis.Out |] (Array.create (rank - 2) FanAxis.Spatial)))
      if rank >= 3 then
          Fan.Axes(FanAxes.Of(Array.append (Array.create (rank - 2) FanAxis.Spatial) [| FanAxis.In; FanAxis.Out |])) ]

[<Fact>]
let ``structures and slices of them stay inside their target`` () =
    if isLinux then
        use pages = new Pages(8 * longest)

        for spec, dims in composites do
            for fan in fans dims.Length do
                for dtype in dtypes do
                    match Plan.resolve spec (shapeOf dims) fan dtype with
                    | Error _ -> ()
                    | Ok plan ->
                        let length = int plan.Length
                        fill pages plan 0L length

                        for offset, count in
                            [ 0, 1
                              1, 2
                              3, 14
                              length / 2, 65
                              length - 7, 7
                              length - 1, 1
                              5, length - 9 ] do
                            fill pages plan (int64 offset) count

[<Fact>]
let ``drawn structures and slices of them stay inside their target`` () =
    if isLinux then
        use pages = new Pages(8 * 65536)

        let made =
            Gen.sampleWithSeed (FsCheck.Rnd 2026UL) 100 300 (CompositeGenerators.composite 3)

        for spec, dims in made do
            for dtype in dtypes do
                match Plan.resolve spec (shapeOf dims) Fan.Unknown dtype with
                | Ok plan when plan.Length > 0L && plan.Length <= 65536L ->
                    let length = int plan.Length
                    fill pages plan 0L length
                    fill pages plan (int64 (length / 3)) (length - length / 3)
                    fill pages plan (int64 (length / 2)) 1
                | _ -> ()

/// Address space without memory behind it: a matrix of more than 2^31 elements, of which some pages are written.
[<Fact>]
let ``elements of a made matrix are found beyond 2^31`` () =
    if isLinux && Environment.Is64BitProcess then
        let elements = (1L <<< 31) + 5000L
        let length = unativeint (elements * 8L)
        // 0x4000 is MAP_NORESERVE.
        let source = mmap (0n, length, 3, 0x4022, -1, 0n)

        if source = -1n then
            failwith "no address space"

        try
            for dtype in [ DType.Float32; DType.Float64 ] do
                let at = elements - 3L
                let values = [| 1.5; -2.25; 8.0 |]
                let size = DType.size dtype

                for i in 0..2 do
                    let address = source + nativeint (at + int64 i) * nativeint size

                    if dtype = DType.Float64 then
                        Marshal.Copy([| values[i] |], 0, address, 1)
                    else
                        Marshal.Copy([| float32 values[i] |], 0, address, 1)

                use target = new Pages(64)

                let region =
                    TensorWindow.whole
                        { DType = dtype
                          Offset = at
                          Count = 3L
                          Address = target.First }

                let read () =
                    Array.init 3 (fun i ->
                        if dtype = DType.Float64 then
                            BitConverter.Int64BitsToDouble(Marshal.ReadInt64(target.First, 8 * i))
                        else
                            float (BitConverter.Int32BitsToSingle(Marshal.ReadInt32(target.First, 4 * i))))

                TensorWindow.map region source dtype (fun x -> x + 1.0)
                Assert.Equal<float[]>(values |> Array.map (fun x -> x + 1.0), read ())
                TensorWindow.copy region source
                Assert.Equal<float[]>(values, read ())
        finally
            munmap (source, length) |> ignore
