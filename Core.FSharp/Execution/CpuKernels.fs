namespace Initializers.Kernels

open System
open ILGPU
open ILGPU.Runtime

/// A CPU accelerator of the caller's and its one kernel.
[<Sealed>]
type internal CpuKernels(accelerator: Accelerator, threads: int) =
    let kernel =
        accelerator.LoadAutoGroupedStreamKernel<Index1D, TileWork>(Action<_, _>(fun i w -> TileKernel.Kernel i w))

    /// Fills all jobs and waits.
    member _.Run(works: HostWork[]) =
        let list = TileList works

        if list.Shares > 0L then
            kernel.Invoke(Index1D(int (min (int64 threads) list.Shares)), list.Work)
            accelerator.Synchronize()

        list.KeepAlive()
