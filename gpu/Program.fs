/// The program of gpu/run.sh for a machine with a card: checks the golden files' bits on the card, and measures its speed.
module Initializers.Gpu.Program

open System
open System.IO
open System.Reflection
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private usage =
    """usage: initializers-gpu devices
       initializers-gpu check DEVICE             golden files, slices and lists: 0 if all bits are equal, else 1
       initializers-gpu throughput DEVICE [MIB]  GB/s of each distribution, buffers of MIB MiB: 0 if every goal is met, else 3

DEVICE is cuda:0, opencl:0, cpu, …; 2 if it is absent. MIB is a quarter of the device's memory, and at most 8192, when left
out."""

let private goldenText (dtype: DType) : string =
    match Assembly.GetExecutingAssembly().GetManifestResourceStream(Golden.fileName dtype) with
    | null -> failwith $"no golden file of {DType.toText dtype}"
    | stream ->
        use reader = new StreamReader(stream)
        reader.ReadToEnd()

let private devices () =
    for name, description in Initialize.devices () do
        printfn "%-10s %s" name description

/// Acts where the device is present; 2 where it is not.
let private on (name: string) (act: unit -> int) : int =
    match
        Initialize.devices ()
        |> List.tryFind (fun (present, _) -> present = (Device name).Name)
    with
    | Some(present, description) ->
        printfn "%s: %s" present description
        act ()
    | None ->
        eprintfn "no device '%s' here; present are:" name
        devices ()
        2

let private check (name: string) : int =
    on name (fun () -> if DeviceBits.report (Device name) goldenText then 0 else 1)

let private throughput (name: string) (mib: int64 option) : int =
    on name (fun () ->
        // The caller's own accelerator, whose buffers are filled in place; the core's contexts are built the same.
        use context =
            Context.Create(fun b ->
                b.EnableInitializers().Optimize(OptimizationLevel.O2).Cuda().OpenCL()
                // two threads a warp, a warp for two cores, as the core's own
                |> _.CPU(CPUDevice(2, 1, (Environment.ProcessorCount + 1) / 2))
                |> ignore)

        let canonical = (Device name).Name

        let index () =
            int (canonical.Substring(canonical.IndexOf ':' + 1))

        let device: ILGPU.Runtime.Device =
            if canonical = "cpu" then
                context.GetCPUDevice 0
            elif canonical.StartsWith("cuda", StringComparison.Ordinal) then
                context.GetCudaDevice(index ())
            else
                context.GetCLDevice(index ())

        use accelerator = device.CreateAccelerator context

        let mib =
            mib
            |> Option.defaultWith (fun () -> max 64L (min 8192L ((accelerator.MemorySize >>> 20) / 4L)))

        if Throughput.report accelerator (mib <<< 20) 21 then
            0
        else
            3)

[<EntryPoint>]
let main args =
    match List.ofArray args with
    | [ "devices" ] ->
        devices ()
        0
    | [ "check"; device ] -> check device
    | [ "throughput"; device ] -> throughput device None
    | [ "throughput"; device; mib ] when fst (Int64.TryParse mib) && int64 mib > 0L ->
        throughput device (Some(int64 mib))
    | _ ->
        eprintfn "%s" usage
        2
