/// Requests that are cancelled, failures that are not kept, and a thread pool that is blocked.
module Initializers.Properties.CancellationTests

open System
open System.Diagnostics
open System.IO
open System.Runtime.CompilerServices
open System.Threading
open System.Threading.Tasks
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Xunit
open Initializers
open Initializers.Files
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties.Lifetimes

// Cancellation

/// What a request that is cancelled after a while returns, and the milliseconds from the cancellation to its end.
let private cancelled (delay: int) (request: CancellationToken -> Result<'a, InitError list>) =
    use source = new CancellationTokenSource()
    let clock = Stopwatch()

    let canceller =
        Thread(fun () ->
            Thread.Sleep delay
            clock.Start()
            source.Cancel())

    canceller.Start()
    let result = request source.Token
    canceller.Join()
    codes result, clock.ElapsedMilliseconds

[<Theory>]
[<InlineData("orthogonal", 7000L, 7000L)>]
[<InlineData("orthogonal", 3000000L, 64L)>]
[<InlineData("orthogonal", 64L, 3000000L)>]
[<InlineData("sparse(sparsity=0.5, inner=normal)", 12000L, 12000L)>]
[<InlineData("batched(inner=orthogonal)", 400L, 300L)>]
let ``a cancelled matrix ends within two seconds and leaves no file`` (text: string) (rows: int64) (columns: int64) =
    let dims =
        if text.StartsWith("batched", StringComparison.Ordinal) then
            [ rows; columns; columns ]
        else
            [ rows; columns ]

    let request = requestOf (ok (SpecText.parse text)) dims DType.Float64

    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.bin")
        let codes, spent = cancelled 150 (Output.array path false request (fun _ _ -> ()))
        Assert.Equal<string list>([ "cancelled" ], codes)
        Assert.InRange(spent, 0L, bound)
        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a cancelled fit ends within two seconds, and the next request fits again`` () =
    let mutable slow = true

    let quantile (p: float) =
        if Volatile.Read &slow then
            Thread.Sleep 5

        p

    for dtype in [ DType.Float32; DType.Float64 ] do
        slow <- true
        let request = requestOf (Spec.quantile "slow" quantile) [ 10L ] dtype
        use stream = new MemoryStream()
        let codes, spent = cancelled 100 (Output.raw stream request)
        Assert.Equal<string list>([ "cancelled" ], codes)
        Assert.InRange(spent, 0L, bound)
        slow <- false
        Assert.Equal(10L, ok (Output.raw stream request CancellationToken.None))

[<Fact>]
let ``a file that is being written is gone when its request is cancelled`` () =
    inFolder (fun folder ->
        use source = new CancellationTokenSource()
        use reached = new ManualResetEventSlim()
        use release = new ManualResetEventSlim()

        // A write that the disk keeps waiting.
        let body (_: Stream) =
            reached.Set()
            release.Wait()
            Ok()

        let request =
            Task.Factory.StartNew(
                (fun () ->
                    Cancellation.Request(
                        source.Token,
                        fun () -> AtomicFile.write (Path.Combine(folder, "w.bin")) false body
                    )),
                TaskCreationOptions.LongRunning
            )

        reached.Wait()
        Assert.Single(Directory.GetFileSystemEntries folder) |> ignore
        source.Cancel()

        if not (OperatingSystem.IsWindows()) then
            Assert.Empty(Directory.GetFileSystemEntries folder)

        release.Set()
        Assert.Equal<string list>([ "cancelled" ], codes request.Result)
        Assert.Empty(Directory.GetFileSystemEntries folder))

// Failures that are not kept

[<Fact>]
let ``what failed to be computed is computed at the next use`` () =
    let mutable calls = 0

    let value =
        LazyValue(fun () ->
            calls <- calls + 1

            if calls < 3 then
                raise (InvalidOperationException "not yet")

            calls)

    for _ in 1..2 do
        Assert.Throws<InvalidOperationException>(fun () -> value.Value |> ignore)
        |> ignore

    Assert.Equal(3, value.Value)
    Assert.Equal(3, value.Value)

[<Fact>]
let ``threads that ask for one value compute it once`` () =
    let mutable calls = 0

    let value =
        LazyValue(fun () ->
            Thread.Sleep 20
            Interlocked.Increment &calls)

    Parallel.For(0, 8, (fun _ -> Assert.Equal(1, value.Value))) |> ignore
    Assert.Equal(1, calls)

[<Fact>]
let ``devices, kernels and fits keep no failure`` () =
    for file in
        [ "Execution/Backends.fs"
          "Execution/Gpu/GpuKernels.fs"
          "Execution/Cpu/LargePages.fs"
          "Pure/Distributions/CustomQuantile.fs" ] do
        let text = File.ReadAllText(Repository.path $"Core.FSharp/{file}")
        Assert.DoesNotMatch(@"\blazy\b|\bLazy<", text)
        Assert.Contains("LazyValue", text)

// A thread pool that is blocked

[<Fact>]
let ``a blocked thread pool delays no tensor and no file`` () =
    use release = new ManualResetEventSlim()

    // Far more than the pool adds threads for in ten seconds.
    let blocked = [ for _ in 1..200 -> Task.Run(fun () -> release.Wait()) ]

    try
        inFolder (fun folder ->
            let path = Path.Combine(folder, "w.safetensors")
            let request = requestOf (Spec.normal 0.0 1.0) [ 10_000_000L ] DType.Float32
            let failure = ref None

            let thread =
                Thread(fun () ->
                    try
                        use tensor = constant 1.0 [ 1_000_000L ]
                        Assert.Equal(1.0f, tensor.AsSpan<float32>()[999_999])

                        Output.array path false request (fun _ _ -> ()) CancellationToken.None
                        |> ok
                        |> ignore

                        Inspection.ofFile path (fun _ _ -> ()) CancellationToken.None |> ok |> ignore

                        Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None
                        |> Result.bind Verification.equal
                        |> ok
                    with e ->
                        failure.Value <- Some e)

            thread.Start()
            let ended = thread.Join(TimeSpan.FromSeconds 20.0)
            release.Set()
            thread.Join()
            Assert.True(ended)
            Assert.Equal(None, failure.Value))
    finally
        release.Set()
        Task.WaitAll(Array.ofList blocked)
