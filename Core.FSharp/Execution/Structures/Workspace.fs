namespace Initializers.Kernels

open System
open Initializers
open Initializers.FSharp

/// The memory that filling a tensor takes in addition to the tensor: matrices that are made as a whole, the words and marks of
/// sparse ones, tensors before their axes are permuted. In float64, since a shape may ask for more than 2^64 bytes.
[<RequireQualifiedAccess>]
module internal Workspace =
    /// The largest share of the memory of this process that a workspace may take.
    let share = 0.5

    /// The memory of the machine or of the container, or the limit that .NET was given, in bytes.
    let available () : float =
        float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)

    /// Reflectors, triangles and the threads' blocks of an orthogonal matrix.
    let private reflectors (size: float) (rows: int64) (columns: int64) : float =
        let threads = float Environment.ProcessorCount
        let n = float (max rows columns) + 8.0
        let panels = Math.Ceiling(float (min rows columns) / float Rows.Panel)
        let blocks = min (float (min rows columns) / float Rows.Block + 1.0) (2.0 * threads)

        // Panel k begins at its own first row.
        let panelRows = panels * n - float Rows.Panel * panels * (panels - 1.0) / 2.0

        let triangles = panels * float (Rows.Panel * Rows.Panel)

        size
        * (panelRows * float Rows.Panel + triangles + blocks * n * float Rows.Block)

    /// What an orthogonal matrix takes, with itself where it is not written in place.
    let private orthogonal (tensorWindow: TensorWindow) (isWhole: bool) (rows: int64) (columns: int64) =
        let size = if tensorWindow.DType = DType.Float64 then 8.0 else 4.0
        let matrix = if isWhole then 0.0 else float rows * float columns * size
        matrix + reflectors size rows columns

    /// The regions of a batch that differ in what they take: a first and a last tensor of which the window has a part, and one
    /// that it has whole.
    let private tensors (count: int64) (length: int64) (region: SubTensor) : SubTensor list =
        let struct (first, last) = TensorWindow.range region
        let whole = first / length + (if first % length = 0L then 0L else 1L)

        [ if whole < last / length then
              whole
          if first % length <> 0L then
              first / length
          if last % length <> 0L && (last / length <> first / length || first % length = 0L) then
              last / length ]
        |> List.map (fun b -> TensorWindow.tensorOf count length b region)

    /// The largest matrix that single elements of a tensor may lie in.
    let rec private matrices (tensorWindow: TensorWindow) (body: Body) : float =
        match body with
        | Structure.Stacked parts ->
            (0.0, parts)
            ||> List.fold (fun most part -> max most (matrices tensorWindow part.Inner))
        | Structure.Batched(inner = inner) -> matrices tensorWindow inner
        | Structure.Computed(Computed.Orthogonal(rows, columns, _, _)) -> orthogonal tensorWindow false rows columns
        | Structure.Elements _
        | Structure.Pattern _
        | Structure.Computed(Computed.Formula _ | Computed.Integers _)
        | Structure.Points _
        // Single elements of these are not scattered.
        | Structure.Combined _
        | Structure.Repeated _
        | Structure.Padded _
        | Structure.Sparse _
        | Structure.Masked _
        | Structure.Permuted _ -> 0.0

    let rec private bytesOf (region: SubTensor) (body: Body) : float =
        let struct (first, last) = TensorWindow.range region

        if first >= last then
            0.0
        else
            match body with
            | Structure.Stacked parts ->
                (0.0, TensorWindow.parts parts region)
                ||> List.fold (fun most (region, part) -> max most (bytesOf region part.Inner))
            | Structure.Batched(count, length, inner) ->
                (0.0, tensors count length region)
                ||> List.fold (fun most region -> max most (bytesOf region inner))
            | Structure.Sparse(rows, columns, zeros, _, inner) ->
                let marks =
                    if zeros = 0L then
                        []
                    else
                        MarkWindow.ofElements first last columns
                        |> List.map (fun window -> SmallestWords.Bytes(window, rows, columns))

                List.fold max (bytesOf region inner) marks
            | Structure.Masked(inner = inner)
            | Structure.Padded(inner = inner) -> bytesOf region inner
            | Structure.Combined(combination, _, parts) ->
                let unit', isWhole =
                    match combination with
                    | Combination.Sum _ -> 1L, List.exists StructureFill.IsWhole parts
                    | Combination.Normalized(stride, length) ->
                        CombinedFill.together stride length, StructureFill.IsWhole parts.Head

                let low = first / unit' * unit'
                let whole = ((last - 1L) / unit' + 1L) * unit'

                let high =
                    max (low + unit') (CombinedFill.upTo isWhole region low whole / unit' * unit')

                let inside = CombinedFill.inside region low high

                let elements =
                    float inside.Window.Count * float inside.Window.Size + float (high - low) * 8.0

                elements + (parts |> List.map (bytesOf inside) |> List.max)
            | Structure.Repeated(run, times, inner) ->
                let isWhole = StructureFill.IsWhole inner

                let high =
                    if isWhole then
                        last
                    else
                        min last (first + CombinedFill.most)

                let struct (from, until) = CombinedFill.innerOf run times first high

                let window =
                    { region.Window with
                        Offset = from
                        Count = until - from }

                let count = float (until - from)

                let kept =
                    if isWhole then
                        count
                    else
                        min count (2.0 * float CombinedFill.most)

                kept * float region.Window.Size + bytesOf (TensorWindow.whole window) inner
            | Structure.Permuted(dims, _, inner) when (Permutation.scatter dims (last - first) inner).IsSome ->
                // Elements, and those that are in one part, in one tensor of it and so on.
                let elements = float (min Scatter.most (last - first)) * 64.0
                elements + matrices region.Window inner
            | Structure.Permuted(dims, _, inner) ->
                let length = Shape.product dims

                let whole =
                    TensorWindow.whole
                        { region.Window with
                            Offset = 0L
                            Count = length }

                float length * float region.Window.Size + bytesOf whole inner
            | Structure.Computed(Computed.Orthogonal(rows, columns, _, map)) ->
                let plain = map.Offset = 0.0 && not (Affine.isClip map)

                let isWhole =
                    plain
                    && region.Maps.Length = 0
                    && last - first = Shape.product [ rows; columns ]

                orthogonal region.Window isWhole rows columns
            | Structure.Elements _
            | Structure.Pattern _
            | Structure.Computed(Computed.Formula _ | Computed.Integers _)
            | Structure.Points _ -> 0.0

    /// The bytes that filling elements [offset, offset + count) of a plan takes in addition to these elements.
    let bytes (plan: Plan) (offset: int64) (count: int64) : float =
        let tensorWindow =
            { DType = plan.DType
              Offset = offset
              Count = count
              Address = 0n }

        bytesOf (TensorWindow.whole tensorWindow) plan.Body

    /// A workspace that is larger than the share of the available memory, as a fault.
    let faultsOf (needed: float) (available: float) : InitError list =
        Validation.check (InitError.WorkspaceExceeded(needed, available)) (needed <= share * available)

    /// The faults of elements [offset, offset + count) of a plan: filling them would take too much additional memory.
    let faults (plan: Plan) (offset: int64) (count: int64) : InitError list =
        match plan.Body with
        | Structure.Elements _ -> []
        | _ -> faultsOf (bytes plan offset count) (available ())
