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
    let formula (expression: string) (shape: Shape) : Result<Resolved, InitError list> =
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

    let literal (numbers: NumberArray) (shape: Shape) =
        let spec = "literal"

        let fits =
            Validation.check (InitError.LiteralShape(spec, numbers.Dims, shape.Dims)) (numbers.Dims = shape.Dims)

        guarded (numberFaults spec "values" numbers @ arrayFaults spec numbers @ fits) (fun () ->
            Resolved.pattern (numbers.Numbers.ToArray()) 1L)

    let mask (keep: NumberArray) (inner: Result<Resolved, InitError list>) (shape: Shape) =
        let spec = "mask"
        let dims = keep.Dims

        let fits =
            dims.Length <= shape.Rank
            && List.skip (shape.Rank - dims.Length) shape.Dims = dims

        let faults =
            numberFaults spec "keep" keep
            @ arrayFaults spec keep
            @ Validation.check (InitError.LiteralShape(spec, dims, shape.Dims)) fits

        validation {
            let! () = faults
            and! tensor = inner

            let flags =
                { Dims = dims
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
