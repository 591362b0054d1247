namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers.FSharp

/// A CPU accelerator of the caller's and its one kernel.
[<Sealed>]
type internal CpuKernels(accelerator: Accelerator, threads: int) =
    let kernel =
        accelerator.LoadAutoGroupedStreamKernel<Index1D, TileWork, int64>(
            Action<_, _, _>(fun i w c -> TileKernel.Kernel i w c)
        )

    let launch (list: TileList) =
        let counters = NativePtr.stackalloc<int64> 2
        NativePtr.set counters 0 0L
        NativePtr.set counters 1 0L
        kernel.Invoke(Index1D list.Shares, list.Work, int64 (NativePtr.toNativeInt counters))
        accelerator.Synchronize()

    /// Fills all jobs and waits.
    member _.Run(works: HostWork<ElementDraw>[]) =
        use list = new TileList(works, threads)

        if list.Shares > 0 then
            // An interrupt would end ILGPU's wait while its threads write.
            ThreadWork(fun () -> launch list).Finish()

        GC.KeepAlive works
