namespace Initializers.FSharp

open System
open Initializers

/// Resolves combinators. The caller's `tensor` resolves the inner specs.
module internal Combinators =
    /// Checks first, since the resolution reads the shape.
    let private guarded faults (make: unit -> Resolved) =
        match faults with
        | [] -> Ok(make ())
        | faults -> Error faults

    /// The number of a column's elements that are 0, as PyTorch counts them.
    let private zeros (sparsity: float) (rows: int64) =
        min rows (int64 (Math.Ceiling(sparsity * float rows)))

    let sparse sparsity (inner: Result<Resolved, InitError list>) (shape: Shape) =
        let spec = "sparse"

        let faults =
            Validation.check
                (InitError.OutOfRange(spec, "sparsity", sparsity, 0.0, 1.0))
                (sparsity >= 0.0 && sparsity <= 1.0)
            @ AxisOrder.rank spec 2 (Some 2) shape.Rank

        validation {
            let! () = faults
            and! tensor = inner

            return
                match shape.Dims with
                | rows :: columns :: _ ->
                    Structure.Sparse(rows, columns, zeros sparsity rows, Number.ofFloat 0.0, tensor)
                | _ -> tensor
        }

    let lstmBias forget (shape: Shape) =
        let spec = "lstm_bias"

        let divided =
            Validation.check
                (InitError.NotAMultiple(spec, "the size", shape.Length, 4L))
                (shape.Rank <> 1 || shape.Length % 4L = 0L)

        guarded
            (Validation.finite spec [ "forget", forget ]
             @ AxisOrder.rank spec 1 (Some 1) shape.Rank
             @ divided)
            (fun () -> Resolved.pattern [| 0.0; forget; 0.0; 0.0 |] (max 1L (shape.Length / 4L)))

    /// Numbers by a formula of their indices. Every element is computed before, or of a long tensor a sample.
    let formula (expression: FormulaText) (shape: Shape) : Result<Resolved, InitError list> =
        IndexFormula.Read expression shape.Dims
        |> Result.bind (fun formula -> formula.Survey() |> Result.map (fun _ -> formula))
        |> Result.map (fun formula -> Resolved.formula (NumberFormula.Indexed formula) 1L)
        |> Result.mapError List.singleton

    let private arrayFaults spec (numbers: NumberArray) =
        let count = numbers.Numbers.Length

        Validation.check
            (InitError.LiteralLength(spec, count, numbers.Dims))
            (List.forall (fun d -> d >= 0L) numbers.Dims
             && Shape.product numbers.Dims = int64 count)

    let private numberFaults spec name (numbers: NumberArray) =
        numbers.Numbers.ToArray()
        |> Array.tryFind (Double.IsFinite >> not)
        |> Option.toList
        |> List.map (fun x -> InitError.NotFinite(spec, name, x))

    /// The sizes of an array's axes are those of the tensor's last axes.
    let private lastAxes spec (numbers: NumberArray) (shape: Shape) =
        let dims = numbers.Dims

        Validation.check
            (InitError.LiteralShape(spec, dims, shape.Dims))
            (dims.Length <= shape.Rank
             && List.skip (shape.Rank - dims.Length) shape.Dims = dims)

    let literal (numbers: NumberArray) (shape: Shape) =
        let spec = "literal"

        guarded
            (numberFaults spec "values" numbers
             @ arrayFaults spec numbers
             @ lastAxes spec numbers shape)
            (fun () -> Resolved.pattern (numbers.Numbers.ToArray()) 1L)

    let mask (keep: NumberArray) (inner: Result<Resolved, InitError list>) (shape: Shape) =
        let spec = "mask"

        let faults =
            numberFaults spec "keep" keep @ arrayFaults spec keep @ lastAxes spec keep shape

        validation {
            let! () = faults
            and! tensor = inner

            let flags =
                { Dims = keep.Dims
                  Flags = keep.Numbers.ToArray() |> Array.map (fun x -> x <> 0.0) }

            return Structure.Masked(flags, Number.ofFloat 0.0, tensor)
        }

    let mapped (faults: InitError list) (map: Affine) (inner: Result<Resolved, InitError list>) =
        validation {
            let! () = faults
            and! tensor = inner
            return! Resolved.apply map tensor
        }

    let clipFaults (low: float) (high: float) =
        Validation.notNaN "clip" [ "low", low; "high", high ]
        @ Validation.check (InitError.LowNotBelowHigh(low, high)) (not (low >= high))

    let scaleFaults factor =
        Validation.finite "scale" [ "factor", factor ]

    let shiftFaults offset =
        Validation.finite "shift" [ "offset", offset ]

    /// The axis counted from 0, or the fault of one that the shape lacks.
    let private axisOf axis (shape: Shape) : Result<int, InitError list> =
        let place = if axis < 0 then axis + shape.Rank else axis

        Validation.ofFaults
            (Validation.check (InitError.AxisOutOfRange(axis, shape.Rank)) (place >= 0 && place < shape.Rank))
            place

    /// Parts side by side along an axis; `tensor` resolves each for its shape.
    let stacked
        axis
        (parts: (int64 * Spec) list)
        (shape: Shape)
        (resolve: Spec -> Shape -> Result<Resolved, InitError list>)
        =
        let place = if axis < 0 then axis + shape.Rank else axis

        if place < 0 || place >= shape.Rank then
            Error [ InitError.AxisOutOfRange(axis, shape.Rank) ]
        else
            let sizes = parts |> List.map fst
            let size = List.item place shape.Dims

            let sums =
                Validation.check
                    (InitError.StackedSizes(axis, sizes, size))
                    (List.forall (fun s -> s >= 0L) sizes && Shape.sum sizes = size)

            let stride = Shape.product (List.skip (place + 1) shape.Dims)

            let one (index, (size, spec)) =
                Shape.ofList (List.updateAt place size shape.Dims)
                |> Result.bind (resolve spec)
                |> Result.mapError (List.map (fun fault -> InitError.InPart(index + 1, fault)))
                |> Result.map (fun tensor ->
                    { Run = Shape.product [ size; stride ]
                      Stream = Some(string (index: int))
                      Inner = tensor })

            // Negative sizes would be reported twice.
            let resolved =
                if List.forall (fun s -> s >= 0L) sizes then
                    parts |> List.indexed |> Validation.traverse one
                else
                    Ok []

            validation {
                let! () = sums
                and! resolved = resolved
                return resolved |> List.filter (fun p -> p.Run > 0L) |> Structure.Stacked
            }

    /// A tensor for each index of the first axes; `tensor` resolves the inner spec for the shape of one.
    let batched axes (shape: Shape) (resolve: Shape -> Result<Resolved, InitError list>) =
        if axes < 0 || axes > shape.Rank then
            Error [ InitError.BatchAxesOutOfRange(axes, shape.Rank) ]
        else
            let first, rest = List.splitAt axes shape.Dims

            Shape.ofList rest
            |> Result.bind (fun one ->
                resolve one
                |> Result.map (fun tensor ->
                    if Resolved.isElements tensor || shape.Length = 0L then
                        tensor
                    else
                        Structure.Batched(Shape.product first, one.Length, tensor)))

    /// How many sums draw from one stream: those of a first part are drawn from the stream of the sum around it.
    let rec private sums (tensor: Resolved) : int =
        match tensor with
        | Structure.Combined(Combination.Sum _, _, parts) -> 1 + sums (List.head parts)
        | Structure.Stacked parts -> parts |> List.fold (fun most part -> max most (sums part.Inner)) 0
        | Structure.Combined(_, _, inner :: _)
        | Structure.Batched(inner = inner)
        | Structure.Sparse(inner = inner)
        | Structure.Masked(inner = inner)
        | Structure.Repeated(inner = inner)
        | Structure.Padded(inner = inner)
        | Structure.Permuted(inner = inner) -> sums inner
        | Structure.Combined(_, _, [])
        | Structure.Elements _
        | Structure.Pattern _
        | Structure.Computed _
        | Structure.Points _ -> 0

    /// The parts' streams have a plus sign for each sum that draws from the first part's: no two of them are one.
    let sum (parts: Spec list) (resolve: Spec -> Result<Resolved, InitError list>) =
        let one (index, spec) =
            resolve spec
            |> Result.mapError (List.map (fun fault -> InitError.InPart(index + 1, fault)))

        validation {
            let! () =
                Validation.check (InitError.ParameterMissing("sum", "parts")) (not parts.IsEmpty)

            and! tensors = parts |> List.indexed |> Validation.traverse one
            let plus = String('+', 1 + sums (List.head tensors))

            let streams =
                tensors |> List.mapi (fun k _ -> if k = 0 then None else Some $"{plus}{k}")

            return Structure.Combined(Combination.Sum streams, [], tensors)
        }

    /// Slices of an inner tensor, each several times; `resolve` resolves the inner spec for its shape.
    let repeat axis (times: int64) (shape: Shape) (resolve: Shape -> Result<Resolved, InitError list>) =
        let spec = "repeat"

        validation {
            let! place = axisOf axis shape

            and! () =
                Validation.check (InitError.NotPositive(spec, "times", float times)) (times > 0L)

            let size = List.item place shape.Dims

            let! () =
                Validation.check
                    (InitError.NotAMultiple(spec, $"the size of axis {axis}", size, times))
                    (size % times = 0L)

            let! inner = Shape.ofList (List.updateAt place (size / times) shape.Dims)
            let! tensor = resolve inner
            return Structure.Repeated(Shape.product (List.skip (place + 1) shape.Dims), times, tensor)
        }

    let normalized axis (shape: Shape) (inner: Result<Resolved, InitError list>) =
        validation {
            let! place = axisOf axis shape
            and! tensor = inner
            let stride = Shape.product (List.skip (place + 1) shape.Dims)
            return Structure.Combined(Combination.Normalized(stride, List.item place shape.Dims), [], [ tensor ])
        }

    let padding (index: int64) (shape: Shape) (inner: Result<Resolved, InitError list>) =
        let spec = "padding"

        let row =
            match shape.Dims with
            | [] -> Error(AxisOrder.rank spec 1 None 0)
            | rows :: rest ->
                let row = if index < 0L then index + rows else index

                Validation.ofFaults
                    (Validation.check
                        (InitError.OutOfRange(spec, "index", float index, float -rows, float (rows - 1L)))
                        (row >= 0L && row < rows))
                    (struct (row, Shape.product rest))

        validation {
            let! struct (row, size) = row
            and! tensor = inner
            return Structure.Padded(Shape.product [ row; size ], size, Number.ofFloat 0.0, shape.Length - size, tensor)
        }

    /// The largest magnitude up to which float64 has all whole numbers.
    let private exact = 1L <<< 53

    let randint (low: int64) (high: int64) =
        let spec = "randint"

        let outside name value =
            Validation.check
                (InitError.ParameterOutOfRange(spec, name, value, -exact, exact))
                (value >= -exact && value <= exact)

        guarded
            (outside "low" low
             @ outside "high" high
             @ Validation.check (InitError.LowNotBelowHigh(float low, float high)) (low < high))
            (fun () -> Structure.Computed(Computed.Integers(IntegerDraw.Range(low, high - low), [])))

    let bernoulli (p: float) =
        guarded
            (Validation.check (InitError.OutOfRange("bernoulli", "p", p, 0.0, 1.0)) (p >= 0.0 && p <= 1.0))
            (fun () -> Structure.Computed(Computed.Integers(IntegerDraw.Bernoulli p, [])))

    let permutation (shape: Shape) : Resolved =
        Structure.Computed(Computed.Integers(IntegerDraw.Permutation shape.Length, []))
