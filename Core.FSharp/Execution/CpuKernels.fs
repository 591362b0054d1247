namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open Initializers
open Initializers.FSharp

/// The CPU accelerator and its one kernel.
[<Sealed>]
type internal CpuKernels(accelerator: Accelerator, threads: int) =
    let kernel =
        accelerator.LoadAutoGroupedStreamKernel<Index1D, TileWork>(Action<_, _>(fun i w -> TileKernel.Kernel i w))

    /// Below this many elements a launch costs more than the work, so the tiles run on the caller's thread.
    static member val Small = 1L <<< 16

    /// A job as an item of a list; the caller keeps its body, and so its table, alive.
    static member Item(dtype: DType, body: Body, job: Job, address: nativeint, firstUnit: int64) : TileItem =
        { Job = job
          DType = int dtype
          Formula = Formula.ofBody body
          Address = int64 address
          FirstUnit = firstUnit }

    /// Fills all jobs, whose target begins at an address, and waits.
    member _.Run(dtype: DType, works: Work[], address: nativeint) =
        let size = nativeint (DType.size dtype)
        let mutable units = 0L

        let items =
            works
            |> Array.filter (fun work -> work.Job.Count > 0L)
            |> Array.map (fun work ->
                let first = units
                units <- units + TileKernel.Units work.Job
                CpuKernels.Item(dtype, work.Body, work.Job, address + nativeint work.Place * size, first))

        if items.Length > 0 then
            use pinned = fixed items
            let next = NativePtr.stackalloc<int64> 1
            NativePtr.write next 0L

            let work =
                { Items = int64 (NativePtr.toNativeInt pinned)
                  Count = items.Length
                  Units = units
                  Next = int64 (NativePtr.toNativeInt next) }

            kernel.Invoke(Index1D(int (min (int64 threads) units)), work)
            accelerator.Synchronize()

        GC.KeepAlive works
