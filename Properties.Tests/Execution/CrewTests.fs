/// Several threads on one job or many give the bits of one thread, for all units and any assignment to threads.
module Initializers.Properties.CrewTests

open System
open System.Threading
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Kernels

let private dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let private spec = Spec.normal 0.0 1.0

let private job offset count =
    { Key = 42UL
      Stream = 7UL
      Offset = offset
      Count = int64 count }

/// Bytes that `fill` makes of jobs, one behind the other.
let private filled (fill: HostWork<ElementDraw>[] -> unit) (dtype: DType) (jobs: Job list) : byte[] =
    let size = DType.size dtype
    let body = Draws.resolve spec dtype
    let bytes = Array.zeroCreate<byte>(size * int (List.sumBy _.Count jobs))
    use p = fixed bytes
    let start = NativePtr.toNativeInt p

    let works, _ =
        (0L, jobs)
        ||> List.mapFold (fun place job ->
            { DType = dtype
              Body = body
              Job = job
              Address = start + nativeint place * nativeint size },
            place + job.Count)

    fill (Array.ofList works)
    bytes

let private alone (works: HostWork<ElementDraw>[]) = works |> Array.iter TileKernel.Run

[<Property(MaxTest = 40)>]
let ``a crew gives the bits of one thread`` (start: uint32) (counts: uint16 list) (threads: uint8) (kind: uint8) =
    let dtype = dtypes[int kind % 4]
    let threads = 1 + int threads % 5
    // From a few elements to several units, beginning anywhere in one.
    let jobs =
        (int64 start, 150_000) :: (counts |> List.map (fun c -> int64 c * 3L, int c))
        |> List.map (fun (offset, count) -> job offset count)

    filled alone dtype jobs = filled (fun works -> TileThreads.Run(threads, works)) dtype jobs

[<Fact>]
let ``a thousand small jobs give the bits of one thread`` () =
    let jobs = [ for i in 0..999 -> job (int64 i * 5L) (i % 13 * 100) ]

    for dtype in dtypes do
        Assert.Equal<byte>(filled alone dtype jobs, filled (fun works -> TileThreads.Run works) dtype jobs)

[<Fact>]
let ``jobs of no element, and none at all, are done at once`` () =
    TileThreads.Run [||]
    TileThreads.Run(4, [||])
    Assert.Empty(filled (fun works -> TileThreads.Run(4, works)) DType.Float32 [ job 5L 0 ])

[<Fact>]
let ``a thread pool whose threads are all busy delays nothing`` () =
    use release = new ManualResetEventSlim()

    let blocked =
        [ for _ in 1 .. 4 * Environment.ProcessorCount -> Task.Run(fun () -> release.Wait()) ]

    try
        let jobs = [ job 0L 500_000 ]
        let expected = filled alone DType.Float32 jobs
        Assert.Equal<byte>(expected, filled (fun works -> TileThreads.Run(3, works)) DType.Float32 jobs)
    finally
        release.Set()
        Task.WaitAll(Array.ofList blocked)

[<Fact>]
let ``many callers at once each get their own`` () =
    let expected = filled alone DType.BFloat16 [ job 3L 200_000 ]

    Parallel.For(
        0,
        16,
        fun _ ->
            Assert.Equal<byte>(
                expected,
                filled (fun works -> TileThreads.Run(3, works)) DType.BFloat16 [ job 3L 200_000 ]
            )
    )
    |> ignore

[<Fact>]
let ``a unit that is left out is reported`` () =
    let forgetful (works: HostWork<ElementDraw>[]) =
        works
        |> Array.map (fun work ->
            { work with
                Job =
                    { work.Job with
                        Count = work.Job.Count - 1L } })
        |> alone

    let jobs = [ job 0L 70_000 ]
    Assert.NotEqual<byte>(filled alone DType.Float32 jobs, filled forgetful DType.Float32 jobs)

[<Fact>]
let ``what one share throws is thrown when all are done`` () =
    for threads in [ 1; 2; 8 ] do
        let calls = ref 0

        let thrown =
            Record.Exception(fun () ->
                ParallelFor.Run(
                    threads,
                    100,
                    fun _ item ->
                        Interlocked.Increment calls |> ignore

                        if item = 60 then
                            raise (OutOfMemoryException "of item 60")
                ))

        Assert.Equal("of item 60", (Assert.IsType<OutOfMemoryException> thrown).Message)
        // One thread alone stops there.
        Assert.Equal((if threads = 1 then 61 else 100), calls.Value)
