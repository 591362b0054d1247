namespace Initializers.Kernels

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Runtime
open ILGPU.Runtime.OpenCL
open Initializers
open Initializers.FSharp

/// A job with what fills it, and its place in a target: its elements go there from element `Place` on.
type internal Work<'body> = { Body: 'body; Job: Job; Place: int64 }

[<RequireQualifiedAccess>]
module internal Work =
    /// Elements [offset, offset + count) of the tensor that plan and seed describe.
    let ofPlan (plan: Plan) (seed: Seed) (offset: int64) (count: int64) (place: int64) : Work<Body> =
        { Body = plan.Body
          Job = Job.OfSeed(seed, offset, count)
          Place = place }

/// What a draw's kernels take. A normal is a symmetric distribution without bounds.
[<RequireQualifiedAccess>]
type internal KernelArguments<'bounds, 'table> =
    | Uniform of 'bounds
    | Symmetric of 'bounds * 'table
    | TwoSided of 'bounds * 'table

[<AutoOpen>]
module internal Arguments =
    /// The kernels' bounds; `Initializers.FSharp` has the same name for those of truncated normals.
    type KernelBounds = Initializers.Kernels.Bounds

    let private bounds location scale least greatest split =
        { Location = location
          Scale = scale
          Least = least
          Greatest = greatest
          Split = split }

    let private bounds64 location scale least greatest split =
        { Location64 = location
          Scale64 = scale
          Least64 = least
          Greatest64 = greatest
          Split64 = split }

    let private tabled isSymmetric table bounds =
        if isSymmetric then
            KernelArguments.Symmetric(bounds, table)
        else
            KernelArguments.TwoSided(bounds, table)

    /// What float32 kernels take.
    let single (draw: Draw<float32, QuantileTable>) =
        match draw with
        | Draw.Uniform(mid, half, least, greatest) -> KernelArguments.Uniform(bounds mid half least greatest 0u)
        | Draw.Normal(mean, stddev) -> tabled true QuantileTable.normal (bounds mean stddev -infinityf infinityf 0u)
        | Draw.Quantile(table, location, scale, least, greatest) ->
            tabled table.IsSymmetric table (bounds location scale least greatest table.Split)

    /// What float64 kernels take.
    let double (draw: Draw<float, QuantileTable64>) =
        match draw with
        | Draw.Uniform(mid, half, least, greatest) -> KernelArguments.Uniform(bounds64 mid half least greatest 0UL)
        | Draw.Normal(mean, stddev) -> tabled true QuantileTable64.normal (bounds64 mean stddev -infinity infinity 0UL)
        | Draw.Quantile(table, location, scale, least, greatest) ->
            tabled table.IsSymmetric table (bounds64 location scale least greatest table.Split)

    /// The bounds of a constant in a list, which its kernel does not read.
    let noBounds = bounds 0.0f 0.0f 0.0f 0.0f 0u
    let noBounds64 = bounds64 0.0 0.0 0.0 0.0 0UL

/// Copies of tables on a device, each made at its first use and kept as long as the table.
[<Sealed>]
type internal DeviceTables<'Table, 'T
    when 'Table: not struct
    and 'Table: not null
    and 'Table: equality
    and 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType>(accelerator: Accelerator, coefficients: 'Table -> ReadOnlyMemory<'T>) =
    let copies = ConditionalWeakTable<'Table, MemoryBuffer1D<'T, Stride1D.Dense>>()

    member _.View(table: 'Table) : ArrayView<'T> =
        let copy table =
            let buffer = accelerator.Allocate1D<'T>((coefficients table).ToArray())
            accelerator.Synchronize()
            buffer

        copies.GetValue(table, copy).View.AsContiguous()

    /// The coefficients of several tables in one array, with the place of each table's first.
    member _.Together(tables: 'Table seq) : 'T[] * Dictionary<'Table, int64> =
        let all = List<'T>()
        let places = Dictionary<'Table, int64>(HashIdentity.Reference)

        for table in tables do
            if places.TryAdd(table, int64 all.Count) then
                all.AddRange((coefficients table).ToArray())

        // ILGPU refuses buffers of no length.
        (if all.Count = 0 then Array.zeroCreate 1 else all.ToArray()), places

/// What one launch for many parts fills a part with.
[<RequireQualifiedAccess>]
type internal ListItem<'draw> =
    | Constant of bits: uint64
    | Draw of 'draw

/// The kernels of one dtype, whatever the types of its elements, bounds and tables.
type internal DrawKernels<'draw> =
    /// Launches the kernel of a draw.
    abstract One: config: KernelConfig * target: ArrayView<byte> * part: Part * draw: 'draw -> unit

    /// Launches one kernel for all, and waits. `config` is asked for the number of chunks, each of as many blocks of four
    /// elements as a group has threads.
    abstract Many:
        config: (int64 -> KernelConfig) * threads: int64 * target: ArrayView<byte> * parts: (Part * ListItem<'draw>)[] ->
            unit

/// The kernels of one dtype, each compiled at its first use, for draws whose bounds and tables are of one precision.
[<Sealed>]
type internal DTypeKernels<'T, 'C, 'Bounds, 'Table, 'Draw
    when 'T: unmanaged
    and 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> ValueType
    and 'C: unmanaged
    and 'C: struct
    and 'C: (new: unit -> 'C)
    and 'C :> ValueType
    and 'Bounds: unmanaged
    and 'Bounds: struct
    and 'Bounds: (new: unit -> 'Bounds)
    and 'Bounds :> ValueType
    and 'Table: not struct
    and 'Table: not null
    and 'Table: equality>
    (
        accelerator: Accelerator,
        tables: DeviceTables<'Table, 'C>,
        arguments: 'Draw -> KernelArguments<'Bounds, 'Table>,
        noBounds: 'Bounds,
        uniform: Action<ArrayView<'T>, Part, 'Bounds>,
        symmetric: Action<ArrayView<'T>, ArrayView<'C>, Part, 'Bounds>,
        twoSided: Action<ArrayView<'T>, ArrayView<'C>, Part, 'Bounds>,
        list: Action<ArrayView<'T>, ArrayView<'C>, ArrayView<Entry>, ArrayView<'Bounds>, int64>
    ) =
    let uniform = LazyValue(fun () -> accelerator.LoadStreamKernel uniform)
    let symmetric = LazyValue(fun () -> accelerator.LoadStreamKernel symmetric)
    let twoSided = LazyValue(fun () -> accelerator.LoadStreamKernel twoSided)
    let list = LazyValue(fun () -> accelerator.LoadStreamKernel list)

    interface DrawKernels<'Draw> with
        member _.One(config, target, part, draw) =
            let target = target.Cast<'T>()

            match arguments draw with
            | KernelArguments.Uniform bounds -> uniform.Value.Invoke(config, target, part, bounds)
            | KernelArguments.Symmetric(bounds, table) ->
                symmetric.Value.Invoke(config, target, tables.View table, part, bounds)
            | KernelArguments.TwoSided(bounds, table) ->
                twoSided.Value.Invoke(config, target, tables.View table, part, bounds)

        member _.Many(config, threads, target, parts) =
            // Kind, bounds, table and bits of each part.
            let items =
                parts
                |> Array.map (fun (_, item) ->
                    match item with
                    | ListItem.Constant bits -> struct (Kind.Fill, noBounds, ValueNone, bits)
                    | ListItem.Draw draw ->
                        match arguments draw with
                        | KernelArguments.Uniform bounds -> struct (Kind.Uniform, bounds, ValueNone, 0UL)
                        | KernelArguments.Symmetric(bounds, table) ->
                            struct (Kind.Symmetric, bounds, ValueSome table, 0UL)
                        | KernelArguments.TwoSided(bounds, table) ->
                            struct (Kind.TwoSided, bounds, ValueSome table, 0UL))

            let allBounds = items |> Array.map (fun (struct (_, bounds, _, _)) -> bounds)

            let coefficients, places =
                items
                |> Seq.choose (fun (struct (_, _, table, _)) -> ValueOption.toOption table)
                |> tables.Together

            let mutable chunks = 0L

            let entries =
                parts
                |> Array.mapi (fun i (part, _) ->
                    let struct (kind, _, table, bits) = items[i]
                    let first = chunks
                    let blocks = Threads.lastBlock part.Job - (part.Job.Offset >>> 2) + 1L
                    chunks <- chunks + (blocks + threads - 1L) / threads

                    { Part = part
                      FirstChunk = first
                      Kind = int kind
                      Table =
                        (match table with
                         | ValueSome table -> places[table]
                         | ValueNone -> 0L)
                      Bits = bits })

            use coefficients = accelerator.Allocate1D<'C> coefficients
            use entries = accelerator.Allocate1D<Entry> entries
            use bounds = accelerator.Allocate1D<'Bounds> allBounds

            list.Value.Invoke(
                config chunks,
                target.Cast<'T>(),
                coefficients.View.AsContiguous(),
                entries.View.AsContiguous(),
                bounds.View.AsContiguous(),
                chunks
            )

            accelerator.Synchronize()
