/// Measures how fast each distribution fills a device's memory, compared with the driver's memset and a copy from device to
/// device. All run in turns in one process.
module Initializers.Gpu.Throughput

open System
open System.Diagnostics
open ILGPU
open ILGPU.Runtime
open Initializers
open Initializers.FSharp

/// Something that is timed: bytes that it moves, the least share of the store bandwidth that is asked of it, and the act,
/// complete on return.
type private Timed =
    { Name: string
      Bytes: int64
      Goal: float option
      Act: unit -> unit }

let private get (result: Result<'a, InitError list>) =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let private laws =
    [ "constant", Spec.constant 0.1
      "uniform", Spec.uniform -0.1 0.1
      "normal", Spec.normal 0.0 0.02
      "truncated normal", Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))
      "gumbel", Spec.gumbel 0.0 1.0 ]

let private goal law dtype =
    match law, dtype with
    | ("constant" | "uniform"), DType.Float32 -> Some 0.92
    | "normal", DType.Float32 -> Some 0.85
    | _ -> None

let private median (values: float list) =
    let sorted = List.sort values
    sorted[sorted.Length / 2]

/// Fills a buffer with one distribution and dtype.
let private fill (buffer: MemoryBuffer1D<byte, Stride1D.Dense>) (law: string, spec: Spec) (dtype: DType) : Timed =
    let count = buffer.Length / int64 (DType.size dtype)
    let shape = get (Shape.ofList [ count ])
    let seed = Seed.ofUInt64 42UL

    let into (view: ArrayView<'T>) =
        get (Initialize.fillView view 0L shape Fan.Unknown seed spec)

    let bytes = buffer.View.AsContiguous()

    { Name = $"{law} {DType.toText dtype}"
      Bytes = buffer.Length
      Goal = goal law dtype
      Act =
        fun () ->
            match dtype with
            | DType.Float64 -> into (bytes.Cast<float>())
            | DType.Float16 -> into (bytes.Cast<ILGPU.Half>())
            | DType.BFloat16 -> into (bytes.Cast<BFloat16>())
            | _ -> into (bytes.Cast<float32>()) }

/// Milliseconds of one act.
let private time (timed: Timed) : float =
    let watch = Stopwatch.StartNew()
    timed.Act()
    watch.Elapsed.TotalMilliseconds

/// Fills a thousand tensors of 4,096 float32 elements: all in one call, and one call per tensor.
let private manySmall (accelerator: Accelerator) (rounds: int) =
    let target =
        { Device = Device.OfAccelerator accelerator
          DType = DType.Float32 }

    let seed = Seed.ofUInt64 42UL

    let requests =
        [ for i in 1..1000 ->
              { Name = $"{i}"
                Spec = snd laws[i % laws.Length]
                Dims = [ 4096L ]
                Fan = Fan.Unknown } ]

    let together () =
        for tensor in get (Initialize.tensors target seed requests) do
            tensor.Dispose()

    let apart () =
        for request in requests do
            let shape = get (Shape.ofList request.Dims)

            use _ =
                get (Initialize.tensor target shape request.Fan (Seed.child request.Name seed) request.Spec)

            ()

    let timed name act =
        { Name = name
          Bytes = 0L
          Goal = None
          Act = act }

    together ()
    apart ()

    let times =
        [ for _ in 1..rounds -> time (timed "together" together), time (timed "apart" apart) ]

    printfn ""

    printfn
        "1,000 tensors of 4,096 elements: %.2f ms in one list, %.2f ms one by one"
        (median (List.map fst times))
        (median (List.map snd times))

/// Times everything on an accelerator in `rounds` turns, buffers of `bytes` each, and prints medians. Whether every goal is
/// met.
let report (accelerator: Accelerator) (bytes: int64) (rounds: int) : bool =
    use buffer = accelerator.Allocate1D<byte> bytes
    use other = accelerator.Allocate1D<byte> bytes
    let wait () = accelerator.Synchronize()

    let memset =
        { Name = "memset"
          Bytes = bytes
          Goal = None
          Act =
            fun () ->
                buffer.MemSetToZero()
                wait () }

    // A copy reads what it writes, so it moves twice the bytes.
    let copy =
        { Name = "copy, device to device"
          Bytes = 2L * bytes
          Goal = None
          Act =
            fun () ->
                let source, target = other.View.AsContiguous(), buffer.View.AsContiguous()
                source.CopyTo(accelerator.DefaultStream, &target)
                wait () }

    let all =
        memset
        :: copy
        :: [ for dtype in [ DType.Float32; DType.BFloat16; DType.Float16; DType.Float64 ] do
                 for law in laws do
                     fill buffer law dtype ]

    // Once without a clock: kernels are compiled and memory is touched.
    for timed in all do
        timed.Act()

    let times = [ for _ in 1..rounds -> [ for timed in all -> time timed ] ]

    let rate =
        all
        |> List.mapi (fun i timed -> float timed.Bytes / 1e6 / median (times |> List.map (List.item i)))

    printfn
        "buffers of %d MiB, medians of %d rounds; store bandwidth is memset's; a copy counts what it reads and writes"
        (bytes >>> 20)
        rounds

    printfn ""
    printfn "%-28s %10s %12s %12s  %s" "" "GB/s" "of memset" "of copy" "goal"

    let met =
        [ for timed, rate' in List.zip all rate do
              let share = rate' / rate[0]

              let verdict =
                  match timed.Goal with
                  | None -> ""
                  | Some goal when share >= goal -> $"{goal:P0} met"
                  | Some goal -> $"{goal:P0} MISSED"

              printfn
                  "%-28s %10.1f %11.1f%% %11.1f%%  %s"
                  timed.Name
                  rate'
                  (100.0 * share)
                  (100.0 * rate' / rate[1])
                  verdict

              timed.Goal |> Option.forall (fun goal -> share >= goal) ]

    manySmall accelerator rounds
    List.forall id met
