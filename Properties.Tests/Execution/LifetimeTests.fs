/// Memory against interrupts, disposal, collection and requests that fail.
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
open Initializers.Properties.Lifetimes

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

            ParallelFor.Run(
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

/// A work of 2^22 elements at an address.
let private work (address: nativeint) : HostWork<ElementDraw> =
    { DType = DType.Float32
      Body = Draws.resolve (Spec.normal 0.0 1.0) DType.Float32
      Job =
        { Key = 1UL
          Stream = 2UL
          Offset = 0L
          Count = 1L <<< 22 }
      Address = address }

let private filled (fill: HostWork<ElementDraw>[] -> unit) =
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
                interrupted (fun () -> TileThreads.Run(4, works)) |> ignore
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
        |> Initialize.fillView (buffer.View.AsContiguous()) 0L (shapeOf [ 1L <<< 20 ]) Fan.Unknown seed
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

/// Bytes that stay after `count` tensors of 64×64, which take 16 KB each, after as many that warm up.
let private kept (count: int) (use': Tensor -> unit) : int64 =
    let make () =
        for i in 1..count do
            use' (constant (float i) [ 64L; 64L ])

        for _ in 1..2 do
            GC.Collect()
            GC.WaitForPendingFinalizers()

    make ()
    let before = GC.GetTotalMemory true
    make ()
    GC.GetTotalMemory true - before

[<Fact>]
let ``a loop of small tensors keeps no memory`` () =
    // 164 MB, and 16 MB with a view each. 1 MB is 100 bytes of a tensor, and 1000 of one with a view.
    for name, count, use' in
        [ "disposed", 10_000, (fun (tensor: Tensor) -> tensor.Dispose())
          "forgotten", 10_000, ignore
          "viewed", 1_000, (fun tensor -> tensor.View<float32>() |> ignore) ] do
        // Tests that run at the same time hold memory, too, and let go of it; what a loop keeps is kept each time.
        let bytes =
            Seq.init 10 (fun _ -> kept count use')
            |> Seq.tryFind (fun bytes -> bytes < 1_000_000L)

        Assert.True(bytes.IsSome, $"{name}: more than 1 MB in ten loops")

// Requests that fail

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
                  Body = Structure.Computed(Computed.Orthogonal(1L <<< 40, 2L, 1.0, Affine.identity)) },
                seed
            )
          Offset = 0L
          Count = 4L }

    use stream = new MemoryStream()

    ElementStream.write Device.Cpu stream [ good; bad; good ] ignore CancellationToken.None
    |> codes
    |> Assert.NotEmpty

    let values =
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float32>(Span(stream.ToArray()))

    Assert.True(values.Length <= 5_000_000)
    Assert.True(values.IndexOfAnyExcept 1.0f < 0)
