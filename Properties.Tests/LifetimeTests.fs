/// Memory against interrupts, disposal, collection and cancellation.
module Initializers.Properties.LifetimeTests

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

let private ok (result: Result<'a, InitError list>) : 'a =
    match result with
    | Ok value -> value
    | Error faults -> failwith $"{faults |> List.map InitError.message}"

let private codes (result: Result<'a, InitError list>) =
    result |> Validation.faults |> List.map InitError.code

let private shapeOf (dims: int64 list) = ok (Shape.ofList dims)
let private seed = Seed.ofUInt64 11UL

let private constant (value: float) (dims: int64 list) =
    Spec.constant value
    |> Initialize.tensor Target.cpu (shapeOf dims) Fan.Unknown seed
    |> ok

// Interrupts

/// Runs work on a thread that has been interrupted before, and returns what it threw.
let private interrupted (work: unit -> unit) : exn option =
    let thrown = ref None

    let thread =
        Thread(fun () ->
            Thread.CurrentThread.Interrupt()

            try
                work ()
            with e ->
                thrown.Value <- Some e)

    thread.Start()
    thread.Join()
    thrown.Value

[<Fact>]
let ``an interrupted thread leaves shares when every one has ended`` () =
    let mutable ended = 0
    use helped = new ManualResetEventSlim()
    let mutable caller = 0

    let thrown =
        interrupted (fun () ->
            caller <- Environment.CurrentManagedThreadId

            Shares.Run(
                2,
                2,
                fun _ _ ->
                    if Environment.CurrentManagedThreadId = caller then
                        // The interrupt is kept for the wait.
                        while not helped.IsSet && Volatile.Read &ended = 0 do
                            Thread.SpinWait 100
                    else
                        helped.Set()
                        Thread.Sleep 300

                    Interlocked.Increment &ended |> ignore
            ))

    Assert.IsType<ThreadInterruptedException>(thrown.Value) |> ignore
    Assert.Equal(2, Volatile.Read &ended)

let private bodyOf spec =
    (Plan.resolve spec Shape.scalar Fan.Unknown DType.Float32 |> ok).Body

/// A work of 2^22 elements at an address.
let private work (address: nativeint) : HostWork =
    { DType = DType.Float32
      Body = bodyOf (Spec.normal 0.0 1.0)
      Job =
        { Key = 1UL
          Stream = 2UL
          Offset = 0L
          Count = 1L <<< 22 }
      Address = address }

let private filled (fill: HostWork[] -> unit) =
    let values = Array.zeroCreate<float32>(1 <<< 22)
    use p = fixed values
    fill [| work (NativePtr.toNativeInt p) |]
    values

[<Fact>]
let ``an interrupted thread leaves a crew when nothing is written any more`` () =
    let expected = filled (Array.iter TileKernel.Run)

    for _ in 1..30 do
        let copy = Array.zeroCreate<float32>(1 <<< 22)

        let values =
            filled (fun works ->
                interrupted (fun () -> Crew.Run(4, works)) |> ignore
                use p = fixed copy
                let bytes = 4L <<< 22
                Buffer.MemoryCopy(works[0].Address.ToPointer(), NativePtr.toVoidPtr p, bytes, bytes))

        Assert.True(Span(copy).SequenceEqual(ReadOnlySpan expected))
        Assert.True(Span(values).SequenceEqual(ReadOnlySpan expected))

[<Fact>]
let ``an interrupted thread leaves an accelerator of the CPU when nothing is written any more`` () =
    use context =
        Context.Create(fun b -> (b.EnableInitializers()).CPU(CPUDevice(2, 1, 1)) |> ignore)

    use accelerator = context.CreateCPUAccelerator 0
    use buffer = accelerator.Allocate1D<float32>(1L <<< 20)

    let fill () =
        Spec.normal 0.0 1.0
        |> Initialize.intoView (buffer.View.AsContiguous()) 0L (shapeOf [ 1L <<< 20 ]) Fan.Unknown seed
        |> ok

    fill ()
    let expected = buffer.GetAsArray1D()

    for _ in 1..10 do
        buffer.MemSetToZero()
        interrupted fill |> ignore
        Assert.True(Span(buffer.GetAsArray1D()).SequenceEqual(ReadOnlySpan expected))

// Disposal

/// Reads tensors that other threads dispose, and counts what is neither right nor ObjectDisposedException.
let private wrongReads (tensors: int) (read: Tensor -> float32[]) : int =
    let mutable wrong = 0

    for i in 1..tensors do
        let tensor = constant (float i) [ 600L ]
        let other = constant -1.0 [ 600L ]
        use start = new Barrier(3)

        let reader () =
            start.SignalAndWait()

            try
                for _ in 1..20 do
                    if read tensor |> Array.exists (fun x -> x <> float32 i) then
                        Interlocked.Increment &wrong |> ignore
            with :? ObjectDisposedException ->
                ()

        let disposer () =
            start.SignalAndWait()
            tensor.Dispose()
            // The memory is wanted again at once.
            (constant -2.0 [ 600L ]).Dispose()

        let threads = [ Thread reader; Thread reader; Thread disposer ]
        threads |> List.iter _.Start()
        threads |> List.iter _.Join()
        other.Dispose()

    wrong

let private readers: (string * (Tensor -> float32[])) list =
    [ "ToArray", _.ToArray<float32>()
      "CopyTo",
      (fun tensor ->
          let values = Array.zeroCreate<float32> 600
          tensor.CopyTo(Span values)
          values)
      "AsSpan", (fun tensor -> tensor.AsSpan<float32>().ToArray())
      "View",
      (fun tensor ->
          let values = Array.zeroCreate<float32> 600
          tensor.View<float32>().CopyToCPU values
          values) ]

[<Fact>]
let ``a reader of a tensor that is disposed gets right values or ObjectDisposedException`` () =
    for name, read in readers do
        Assert.True((wrongReads 40 read = 0), name)

[<Fact; Trait("Category", "Long")>]
let ``a million reads against disposal are right or refused`` () =
    for name, read in readers do
        Assert.True((wrongReads 10_000 read = 0), name)

[<Fact>]
let ``a span stays right when its tensor is disposed`` () =
    let tensor = constant 3.0 [ 500_000L ]
    let span = tensor.AsSpan<float32>()
    tensor.Dispose()

    for _ in 1..20 do
        (constant 4.0 [ 500_000L ]).Dispose()
        GC.Collect()

    Assert.True(span.IndexOfAnyExcept 3.0f < 0)

// Collection

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private orphanSpan (value: float) (n: int64) : Span<float32> =
    (constant value [ n ]).AsSpan<float32>()

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private orphanView (value: float) (n: int64) : ArrayView<float32> = (constant value [ n ]).View<float32>()

/// Collects, and takes memory that was freed.
let private collect (n: int64) =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()
        (constant 9.0 [ n ]).Dispose()

[<Fact>]
let ``a span keeps a tensor's memory, though nothing else does`` () =
    for n in [ 10L; 5_000L; 2_000_000L ] do
        let span = orphanSpan 7.0 n
        collect n
        Assert.True(span.IndexOfAnyExcept 7.0f < 0)

[<Fact>]
let ``a view keeps a tensor's memory where it is, though nothing else does`` () =
    for n in [ 10L; 5_000L; 2_000_000L ] do
        let view = orphanView 7.0 n
        let address = ArrayViewExtensions.LoadEffectiveAddressAsPtr view
        collect n
        let values = Array.zeroCreate<float32>(int n)
        view.CopyToCPU values
        Assert.All(values, fun x -> Assert.Equal(7.0f, x))
        Assert.Equal(7.0f, NativePtr.read (NativePtr.ofNativeInt<float32> address))

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private forgotten (n: int64) : WeakReference = WeakReference(constant 1.0 [ n ])

[<Fact>]
let ``tensors that nobody disposes are collected without being asked`` () =
    let made = [ for _ in 1..100 -> forgotten 2_000_000L ]
    // 800 MB of them. One collection of all generations that they caused frees the most of them.
    Assert.True((made |> List.filter _.IsAlive |> List.length) < 90)

// Requests that fail

/// More than any machine's memory.
let private impossible =
    { Spec = Spec.orthogonal 1.0
      Shape = shapeOf [ 1L <<< 40; 2L ]
      Fan = Fan.Unknown
      DType = DType.Float32
      Device = Device.Cpu
      Seed = seed
      Stream = None
      Slice = Some(0L, 4L) }

[<Fact>]
let ``a request that fails writes nothing`` () =
    use stream = new MemoryStream()
    Assert.NotEmpty(Output.raw stream impossible CancellationToken.None |> codes)
    Assert.Equal(0L, stream.Length)

[<Fact>]
let ``of pieces of which one cannot be made nothing wrong is written`` () =
    let plan spec dims =
        Plan.resolve spec (shapeOf dims) Fan.Unknown DType.Float32 |> ok

    let piece spec dims count =
        { Source = Source.Drawn(plan spec dims, seed)
          Offset = 0L
          Count = count }

    let good = piece (Spec.constant 1.0) [ 5_000_000L ] 5_000_000L

    // A plan that the checks of a request would refuse.
    let bad =
        { Source =
            Source.Drawn(
                { DType = DType.Float32
                  Length = 1L <<< 41
                  Body = Body.Structured(Structure.Orthogonal(1L <<< 40, 2L, 1.0, 0.0, -infinity, infinity)) },
                seed
            )
          Offset = 0L
          Count = 4L }

    use stream = new MemoryStream()

    Pieces.write Device.Cpu stream [ good; bad; good ] ignore CancellationToken.None
    |> codes
    |> Assert.NotEmpty

    let values =
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float32>(Span(stream.ToArray()))

    Assert.True(values.Length <= 5_000_000)
    Assert.True(values.IndexOfAnyExcept 1.0f < 0)

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

/// Two seconds, and as much again on a machine that has other work.
let private bound = 4000L

let private requestOf spec dims dtype =
    { impossible with
        Spec = spec
        Shape = shapeOf dims
        DType = dtype
        Slice = None }

let private inFolder (work: string -> unit) =
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        work folder
    finally
        Directory.Delete(folder, true)

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
        [ "Execution/Engines.fs"
          "Execution/Launchers.fs"
          "Execution/Pages.fs"
          "Pure/Standard.fs" ] do
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

// Memories that share bytes

let private filling name (memory: HostMemory) : Filling =
    { Name = name
      Spec = Spec.ones
      Dims = [ memory.Length ]
      Fan = Fan.Unknown
      Seed = seed
      Memory = memory }

[<Fact>]
let ``memories that share bytes are refused, and nothing is written`` () =
    let a = Array.create 100 5.0f
    let b = Array.create 50 5.0f

    let part (array: float32[]) first count =
        HostMemory.Of(Memory(array, first, count))

    let refused expected (fillings: Filling list) =
        let faults = Initialize.intoAll fillings |> Validation.faults

        let pairs =
            faults
            |> List.map (function
                | InitError.MemoriesOverlap(first, second) -> first, second
                | fault -> failwith $"{fault}")

        Assert.Equal<(string * string) list>(expected, List.sort pairs)
        Assert.Equal<InitError list>(faults, Initialize.checkAll fillings)
        Assert.All(Array.append a b, fun x -> Assert.Equal(5.0f, x))

    refused [ "x", "y" ] [ filling "x" (part a 0 10); filling "y" (part a 9 10) ]
    refused [ "x", "y" ] [ filling "x" (part a 9 10); filling "y" (part a 0 10) ]

    refused
        [ "x", "y" ]
        [ filling "x" (part a 0 10)
          filling "b" (part b 0 50)
          filling "y" (part a 0 10) ]

    refused
        [ "x", "y"; "x", "z" ]
        [ filling "x" (part a 0 90)
          filling "y" (part a 5 10)
          filling "z" (part a 80 15) ]

[<Fact>]
let ``memories that only touch, or are empty, are filled in any order`` () =
    let a = Array.zeroCreate<float32> 100
    let part first count = HostMemory.Of(Memory(a, first, count))

    [ filling "d" (part 60 40)
      filling "a" (part 0 10)
      filling "none" (part 5 0)
      filling "c" (part 10 50)
      filling "also" (part 10 0) ]
    |> Initialize.intoAll
    |> ok

    Assert.All(a, fun x -> Assert.Equal(1.0f, x))

[<Fact>]
let ``memories at addresses up to the last overlap without an overflow`` () =
    let at name (address: unativeint) length =
        filling name (HostMemory.At(nativeint address, length, DType.Float64))

    let faults =
        Initialize.checkAll [ at "a" 0xFFFFFFFFFFFFFF00un 1000L; at "b" 0xFFFFFFFFFFFFFFF0un 1L ]

    Assert.Contains("memories-overlap", faults |> List.map InitError.code)
