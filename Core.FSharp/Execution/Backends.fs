namespace Initializers.Kernels

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp

/// One accelerator with what fills its memory.
[<RequireQualifiedAccess>]
type internal Backend =
    /// The process's own CPU, whose threads fill memory.
    | Host
    /// A CPU accelerator of the caller's, whose threads run the tiles' kernel.
    | Cpu of Accelerator * CpuKernels
    | Gpu of Accelerator * GpuKernels

/// Backends with their kernels, each made at its first use and kept for the life of the process. Safe from many threads at
/// once. What failed to start is tried again at the next use.
module internal Backends =
    let private gpus = ConcurrentDictionary<string, LazyValue<Backend>>()
    let private callers = ConditionalWeakTable<Accelerator, Backend>()

    /// Names of the devices that this machine has, with what each is.
    let present () : (string * string) list =
        let tiles =
            match PhiloxTiles.Widest with
            | TileWidth.Scalar -> "scalar"
            | width -> $"{int width}-bit"

        ("cpu", $"{Environment.ProcessorCount} threads, {tiles} tiles")
        :: [ for name, device in Accelerators.Gpus -> name, device.Name ]

    let private backendOf (accelerator: Accelerator) =
        match accelerator with
        | :? CPUAccelerator -> Backend.Cpu(accelerator, CpuKernels(accelerator, Environment.ProcessorCount))
        | :? CLAccelerator as opencl when not (Accelerators.RoundsAsOthers opencl.Device) ->
            raise (NotSupportedException "the device does not compute float32 to nearest with subnormals.")
        | _ -> Backend.Gpu(accelerator, GpuKernels accelerator)

    /// Whether a device is the process's own CPU, which fills host memory in place.
    let isHost (device: Initializers.Device) =
        device.Accelerator.IsNone && device.Name = "cpu"

    /// Whether a name is 'cuda:N' or 'opencl:N'.
    let private isGpu (name: string) =
        [ "cuda:"; "opencl:" ]
        |> List.exists (fun kind ->
            name.StartsWith(kind, StringComparison.Ordinal)
            && name.Length > kind.Length
            && name.Substring kind.Length |> Seq.forall Char.IsAsciiDigit)

    /// How to start a backend that needs ILGPU, or the fault that says why it is absent.
    let private accelerated (device: Initializers.Device) : Result<unit -> Backend, InitError list> =
        match device.Accelerator with
        | Some accelerator when Intrinsics.isEnabled accelerator.Context ->
            Ok(fun () -> callers.GetValue(accelerator, backendOf))
        | Some _ -> Error [ InitError.ContextNotEnabled ]
        | None ->
            match Accelerators.Gpus |> List.tryFind (fun (name, _) -> name = device.Name) with
            | None -> Error [ InitError.DeviceAbsent(device.Name, present () |> List.map fst) ]
            | Some(name, found) ->
                Ok(fun () ->
                    gpus
                        .GetOrAdd(name, fun _ -> LazyValue<Backend>(fun () -> backendOf (Accelerators.Start found)))
                        .Value)

    /// Finds how to start a device's backend, or the fault that says why it is absent. Nothing is created before the start.
    let private locate (device: Initializers.Device) : Result<unit -> Backend, InitError list> =
        if isHost device then
            Ok(fun () -> Backend.Host)
        elif device.Accelerator.IsNone && not (isGpu device.Name) then
            Error [ InitError.DeviceUnknown device.Name ]
        elif Accelerators.IsSupported then
            accelerated device
        else
            Error [ InitError.DeviceFailed(device.Name, Accelerators.Refusal) ]

    /// Why a device cannot be used, found without starting it.
    let faults (device: Initializers.Device) : InitError list = Validation.faults (locate device)

    /// What ILGPU and the driver throw, as a fault: the one place where their exceptions end.
    let guard (device: Initializers.Device) (work: unit -> 'a) : Result<'a, InitError list> =
        try
            Ok(work ())
        with
        | :? OutOfMemoryException -> Error [ InitError.DeviceFailed(device.Name, "out of memory") ]
        | :? AcceleratorException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]
        | FormulaException fault -> Error [ fault ]
        | :? NotSupportedException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]
        | :? InternalCompilerException as e -> Error [ InitError.DeviceFailed(device.Name, e.Message) ]

    /// The backend of a device, started if necessary, or the fault that says why it is absent.
    let find (device: Initializers.Device) : Result<Backend, InitError list> =
        locate device |> Result.bind (guard device)

    /// Copies a view's bytes to an address of the host that stays where it is; complete on return. ILGPU's own copy to a
    /// reference pins it until the copy is asked for, not until it is done, so a collection in between would move an array
    /// from under the driver.
    let download (source: ArrayView<byte>) (address: nativeint) =
        source.CopyToCPU(&Unsafe.AsRef<byte>(address.ToPointer()), source.Length)
        GC.KeepAlive (source :> IContiguousArrayView).Buffer

    /// Works of one dtype on a target as works in memory of the host.
    let private onHost (dtype: DType) (start: nativeint) (works: Work<'body> list) : HostWork<'body>[] =
        let size = nativeint (DType.size dtype)

        works
        |> List.map (fun work ->
            { DType = dtype
              Body = work.Body
              Job = work.Job
              Address = start + nativeint work.Place * size })
        |> Array.ofList

    /// Copies memory of the host to all of a view, and waits.
    let upload (accelerator: Accelerator) (memory: voidptr) (target: ArrayView<byte>) =
        try
            target.CopyFromCPU(&Unsafe.AsRef<byte> memory, target.Length)
        finally
            accelerator.Synchronize()

        GC.KeepAlive (target :> IContiguousArrayView).Buffer

    /// A structure for a GPU: made on the host, whose arithmetic is the device's, and copied.
    let private copied (accelerator: Accelerator) (dtype: DType) (target: ArrayView<byte>) (work: Work<Body>) =
        let size = int64 (DType.size dtype)
        let bytes = work.Job.Count * size

        if bytes > 0L then
            let room = NativeMemory.AlignedAlloc(unativeint bytes, 64un)

            try
                StructureFill.Run
                    [| { DType = dtype
                         Body = work.Body
                         Job = work.Job
                         Address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> room) } |]

                upload accelerator room (target.SubView(work.Place * size, bytes))
            finally
                NativeMemory.AlignedFree room

    /// Works that are structures, and those of independent elements.
    let private structuredOf (works: Work<Body> list) : Work<Body> list * Work<ElementDraw> list =
        List.foldBack
            (fun (work: Work<Body>) (structured, elements) ->
                match work.Body with
                | Structure.Elements draw ->
                    structured,
                    { Body = draw
                      Job = work.Job
                      Place = work.Place }
                    :: elements
                | _ -> work :: structured, elements)
            works
            ([], [])

    /// Fills jobs on the GPU of kernels and waits, also where a launch throws: memory may be freed afterwards. Launches of one
    /// accelerator take turns.
    let private launch
        (accelerator: Accelerator)
        (kernels: GpuKernels)
        dtype
        (works: Work<Body> list)
        (target: ArrayView<byte>)
        =
        let structured, elements = structuredOf works
        elements |> Seq.map _.Body |> Tables.fit

        lock accelerator (fun () ->
            try
                if not elements.IsEmpty || structured.IsEmpty then
                    kernels.Run(dtype, elements, target)
            finally
                accelerator.Synchronize()

            structured |> List.iter (copied accelerator dtype target))

    /// Fills jobs in memory of the host from an address on, all of one dtype, and waits.
    let fill (backend: Backend) (dtype: DType) (works: Work<Body> list) (address: nativeint) =
        match backend with
        | Backend.Cpu(_, kernels) ->
            let structured, elements = structuredOf works
            elements |> Seq.map _.Body |> Tables.fit
            kernels.Run(onHost dtype address elements)
            StructureFill.Run(onHost dtype address structured)
        | Backend.Host
        | Backend.Gpu _ -> StructureFill.Run(onHost dtype address works)

    /// Fills jobs of `target`, memory of its backend's accelerator, all of one dtype, and waits.
    let run (backend: Backend) (dtype: DType) (works: Work<Body> list) (target: ArrayView<byte>) =
        match backend with
        | Backend.Gpu(accelerator, kernels) -> launch accelerator kernels dtype works target
        | Backend.Host
        | Backend.Cpu _ -> fill backend dtype works (ArrayViewExtensions.LoadEffectiveAddressAsPtr target)

        GC.KeepAlive (target :> IContiguousArrayView).Buffer
