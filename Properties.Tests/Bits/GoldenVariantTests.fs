/// The golden files at every lane width, thread count and split into slices that this processor runs.
module Initializers.Properties.GoldenVariantTests

open System
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers
open Initializers.FSharp
open Initializers.Kernels
open Initializers.Properties

let private planOf (case: Golden.Case) dtype =
    match Plan.resolve case.Spec (Golden.shape case) case.Fan dtype with
    | Ok plan -> plan
    | Error faults -> failwith $"{faults}"

/// Lengths that add up to `count`, none at all and single elements among them.
let private split (random: Random) (count: int) : int list =
    let rec next left lengths =
        if left = 0 then
            List.rev lengths
        else
            let length =
                match random.Next 4 with
                | 0 -> random.Next 6
                | 1 -> random.Next 5000
                | _ -> random.Next 200000

            next (left - min left length) (min left length :: lengths)

    next count []

let private structured dtype body job address =
    StructureFill.Run
        [| { DType = dtype
             Body = body
             Job = job
             Address = address } |]

/// A golden file's text from what fills jobs at an address, one call for each slice of a split.
let private fromSlices (split: int -> int list) (fill: DType -> ElementDraw -> Job -> nativeint -> unit) dtype =
    Golden.renderBy
        (fun case dtype offset count ->
            let plan = planOf case dtype
            let seed = Golden.seed case
            let size = DType.size dtype
            let bytes = Array.zeroCreate<byte>(count * size)
            use p = fixed bytes
            let mutable position = 0

            let fill job address =
                match plan.Body with
                | Structure.Elements draw -> fill dtype draw job address
                | body -> structured dtype body job address

            for length in split count do
                fill
                    { Key = seed.Key
                      Stream = seed.Stream
                      Offset = offset + int64 position
                      Count = int64 length }
                    (NativePtr.toNativeInt p + nativeint (position * size))

                position <- position + length

            bytes)
        dtype

let private whole count = [ count ]

let private tiled width dtype body (job: Job) address =
    Tiles.Run(width, dtype, Formula.ofDraw body, job, address)
    GC.KeepAlive body

let private every (check: DType -> unit) = List.iter check Golden.dtypes

type Widths(output: ITestOutputHelper) =
    let at (bits: int) split =
        let width = enum<TileWidth> bits
        Assert.True(Enum.IsDefined width, $"no width {bits}")

        if List.contains width PhiloxTiles.Available then
            every (fun dtype -> GoldenFile.same dtype (fromSlices split (tiled width) dtype))
        else
            output.WriteLine $"not run: this processor has no tiles of {width}"

    [<Theory; Trait("Category", "Long")>]
    [<InlineData 512>]
    [<InlineData 256>]
    [<InlineData 128>]
    [<InlineData 1>]
    member _.``tiles of each width give the golden files``(bits: int) = at bits whole

    [<Theory; Trait("Category", "Long")>]
    [<InlineData 512>]
    [<InlineData 256>]
    [<InlineData 128>]
    [<InlineData 1>]
    member _.``tiles of each width give the golden files in slices``(bits: int) = at bits (split (Random bits))

/// The CPU's kernel on as many threads as asked for, whatever the machine has.
let private onThreads threads (act: CpuKernels -> unit) =
    use context =
        Context.Create(fun b -> (Intrinsics.enable b).CPU(CPUDevice(2, 1, (threads + 1) / 2)) |> ignore)

    use accelerator = context.GetCPUDevice(0).CreateAccelerator context
    act (CpuKernels(accelerator, threads))

let private run (fill: HostWork<ElementDraw>[] -> unit) dtype body job address =
    fill
        [| { DType = dtype
             Body = body
             Job = job
             Address = address } |]

let private onAccelerator threads split dtype =
    onThreads threads (fun kernels -> GoldenFile.same dtype (fromSlices split (run kernels.Run) dtype))

let private onCrew threads split dtype =
    GoldenFile.same dtype (fromSlices split (run (fun works -> TileThreads.Run(threads, works))) dtype)

[<Theory; Trait("Category", "Long")>]
[<InlineData 1>]
[<InlineData 2>]
[<InlineData 3>]
[<InlineData 7>]
let ``each number of threads gives the golden files, whole and in slices`` (threads: int) =
    for fill in [ onAccelerator; onCrew ] do
        every (fill threads whole)
        every (fill threads (split (Random threads)))

[<Fact>]
let ``a slice that begins one element late differs from the golden file`` () =
    let late dtype body (job: Job) address =
        let shift = if job.Offset = 0L then 0L else 1L
        tiled TileWidth.Scalar dtype body { job with Offset = job.Offset + shift } address

    let text =
        fromSlices (fun count -> [ count / 2; count - count / 2 ]) late DType.BFloat16

    Assert.ThrowsAny<Exception>(fun () -> GoldenFile.same DType.BFloat16 text)
    |> ignore
