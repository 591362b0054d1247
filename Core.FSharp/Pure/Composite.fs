namespace Initializers.FSharp

open System
open Initializers

/// Specs that put a tensor together, resolved. What fills their parts is resolved by the caller's `law`.
module internal Composite =
    let private finite spec (name, value) =
        Validation.check (InitError.NotFinite(spec, name, value)) (Double.IsFinite value)

    let private rank spec least most (shape: Shape) =
        let fits =
            match most with
            | Some most -> shape.Rank >= least && shape.Rank <= most
            | None -> shape.Rank >= least

        Validation.check (InitError.RankOutside(spec, shape.Rank, least, most)) fits

    let private product (dims: int64 list) = List.fold (*) 1L dims

    /// A kernel's axes as numbers: outputs, inputs and the receptive field, whose centre is asked for by axis, and the
    /// steps between neighbours, in elements. Without a layout outputs and inputs come first, as in PyTorch.
    type private Kernel =
        { Outputs: int64
          Inputs: int64
          OutStride: int64
          InStride: int64
          Field: int64 list
          FieldStride: int64 }

    /// Whether channels are a shape's last axes.
    let private channelsLast (fan: Fan) =
        match fan with
        | Fan.From Layout.InOut
        | Fan.From Layout.SpatialInOut -> true
        | _ -> false

    /// A layout's own faults with a shape.
    let private layoutFaults (fan: Fan) (shape: Shape) =
        match fan with
        | Fan.From layout -> Fan.ofShape layout shape |> Validation.faults
        | _ -> []

    let private kernel (fan: Fan) (shape: Shape) : Kernel =
        let dims = shape.Dims

        if channelsLast fan then
            let field, channels = List.splitAt (dims.Length - 2) dims

            { Outputs = channels[1]
              Inputs = channels[0]
              OutStride = 1L
              InStride = channels[1]
              Field = field
              FieldStride = channels[0] * channels[1] }
        else
            let field = List.skip 2 dims

            { Outputs = dims[0]
              Inputs = dims[1]
              OutStride = dims[1] * product field
              InStride = product field
              Field = field
              FieldStride = 1L }

    /// The place of one point of the receptive field.
    let private centre (middle: int64 -> int64) (k: Kernel) =
        (0L, k.Field) ||> List.fold (fun place size -> place * size + middle size)

    /// Checks first, as what follows reads the shape.
    let private guarded faults (make: unit -> Resolved) =
        match faults with
        | [] -> Ok(make ())
        | faults -> Error faults

    let orthogonal spec gain (shape: Shape) (fan: Fan) =
        guarded (finite spec ("gain", gain) @ rank spec 2 None shape @ layoutFaults fan shape) (fun () ->
            let dims = shape.Dims

            if channelsLast fan then
                let columns = List.last dims
                Resolved.Orthogonal(product (List.take (dims.Length - 1) dims), columns, gain)
            else
                Resolved.Orthogonal(List.head dims, product (List.tail dims), gain))

    let deltaOrthogonal gain (shape: Shape) (fan: Fan) =
        let spec = "delta_orthogonal"

        match finite spec ("gain", gain) @ rank spec 3 (Some 5) shape @ layoutFaults fan shape with
        | [] ->
            let k = kernel fan shape
            let place = centre (fun size -> (size - 1L) / 2L) k

            guarded
                (Validation.check (InitError.InputsExceedOutputs(k.Inputs, k.Outputs)) (k.Inputs <= k.Outputs))
                (fun () ->
                    let matrix =
                        if channelsLast fan then
                            Resolved.Orthogonal(k.Inputs, k.Outputs, gain)
                        else
                            Resolved.Orthogonal(k.Outputs, k.Inputs, gain)

                    // One run of the matrix's elements among the kernel's, the same for each of its own elements in turn.
                    let run = k.FieldStride
                    let field = product k.Field

                    [ place * run, Resolved.Constant 0.0
                      run, matrix
                      (field - place - 1L) * run, Resolved.Constant 0.0 ]
                    |> List.filter (fun (length, _) -> length > 0L)
                    |> List.map (fun (length, law) ->
                        { Run = length
                          Stream = None
                          Law = law })
                    |> Resolved.Stacked)
        | faults -> Error faults

    let private points (k: Kernel) groups value =
        let perGroup = k.Outputs / groups

        Resolved.Points(
            { Groups = groups
              PerGroup = perGroup
              Count = min perGroup k.Inputs
              OutStride = k.OutStride
              InStride = k.InStride
              Centre = centre (fun size -> size / 2L) k * k.FieldStride
              Length = k.Outputs * k.Inputs * product k.Field },
            value,
            0.0
        )

    let dirac (groups: int64) (shape: Shape) (fan: Fan) =
        let spec = "dirac"

        let number =
            Validation.check (InitError.NotPositive(spec, "groups", float groups)) (groups > 0L)

        match number @ rank spec 3 None shape @ layoutFaults fan shape with
        | [] ->
            let k = kernel fan shape

            guarded
                (Validation.check
                    (InitError.NotDivided(spec, "the outputs", k.Outputs, groups))
                    (k.Outputs % groups = 0L))
                (fun () -> points k groups 1.0)
        | faults -> Error faults

    let identity gain (shape: Shape) (fan: Fan) =
        let spec = "identity"

        guarded (finite spec ("gain", gain) @ rank spec 2 None shape @ layoutFaults fan shape) (fun () ->
            points (kernel fan shape) 1L gain)

    /// How many of a column's elements are 0, as PyTorch counts them.
    let private zeros (sparsity: float) (rows: int64) =
        int64 (Math.Ceiling(sparsity * float rows))

    let sparse sparsity (inner: Result<Resolved, InitError list>) (shape: Shape) =
        let spec = "sparse"

        let own =
            Validation.check
                (InitError.NotWithin(spec, "sparsity", sparsity, 0.0, 1.0))
                (sparsity >= 0.0 && sparsity <= 1.0)
            @ rank spec 2 (Some 2) shape

        Validation.both (Validation.ofFaults own ()) inner
        |> Result.map (fun ((), law) ->
            match shape.Dims with
            | rows :: columns :: _ -> Resolved.Sparse(rows, columns, zeros sparsity rows, 0.0, law)
            | _ -> law)

    let bilinear (shape: Shape) (fan: Fan) =
        guarded (rank "bilinear" 3 None shape @ layoutFaults fan shape) (fun () ->
            let k = kernel fan shape

            let triangle (size: int64) =
                let factor = float ((size + 1L) / 2L)
                let middle = (2.0 * factor - 1.0 - float (int64 factor % 2L)) / (2.0 * factor)
                [ for i in 0L .. size - 1L -> 1.0 - abs (float i / factor - middle) ]

            let numbers =
                ([ 1.0 ], k.Field)
                ||> List.fold (fun before size ->
                    List.allPairs before (triangle size) |> List.map (fun (a, b) -> a * b))

            Resolved.Pattern(NumberArray(k.Field, numbers), k.FieldStride))

    let lstmBias forget (shape: Shape) =
        let spec = "lstm_bias"

        let divided =
            Validation.check
                (InitError.NotDivided(spec, "the size", shape.Length, 4L))
                (shape.Rank <> 1 || shape.Length % 4L = 0L)

        guarded (finite spec ("forget", forget) @ rank spec 1 (Some 1) shape @ divided) (fun () ->
            Resolved.Pattern(NumberArray([ 4L ], [ 0.0; forget; 0.0; 0.0 ]), max 1L (shape.Length / 4L)))

    let private arrayFaults spec (numbers: NumberArray) =
        let count = numbers.Numbers.Length

        Validation.check
            (InitError.LiteralLength(spec, count, numbers.Dims))
            (List.forall (fun d -> d >= 0L) numbers.Dims
             && product numbers.Dims = int64 count)

    let literal (numbers: NumberArray) (shape: Shape) =
        let spec = "literal"

        let values =
            numbers.Numbers.ToArray()
            |> Array.tryFind (Double.IsFinite >> not)
            |> Option.toList
            |> List.map (fun x -> InitError.NotFinite(spec, "values", x))

        let fits =
            Validation.check (InitError.LiteralShape(spec, numbers.Dims, shape.Dims)) (numbers.Dims = shape.Dims)

        guarded (values @ arrayFaults spec numbers @ fits) (fun () -> Resolved.Pattern(numbers, 1L))

    let mask (keep: NumberArray) (inner: Result<Resolved, InitError list>) (shape: Shape) =
        let spec = "mask"
        let own = keep.Dims

        let fits =
            own.Length <= shape.Rank && List.skip (shape.Rank - own.Length) shape.Dims = own

        let faults =
            arrayFaults spec keep
            @ Validation.check (InitError.LiteralShape(spec, own, shape.Dims)) fits

        Validation.both (Validation.ofFaults faults ()) inner
        |> Result.map (fun ((), law) -> Resolved.Masked(keep, 0.0, law))

    let mapped (faults: InitError list) (map: Affine) (inner: Result<Resolved, InitError list>) =
        Validation.both (Validation.ofFaults faults ()) inner
        |> Result.map (fun ((), law) -> Affine.resolved map law)

    let clipFaults (low: float) (high: float) =
        let numbers =
            [ "low", low; "high", high ]
            |> List.collect (fun (name, x) ->
                Validation.check (InitError.NotFinite("clip", name, x)) (not (Double.IsNaN x)))

        numbers
        @ Validation.check (InitError.LowNotBelowHigh(low, high)) (not (low >= high))

    let scaleFaults factor = finite "scale" ("factor", factor)
    let shiftFaults offset = finite "shift" ("offset", offset)

    /// Parts side by side along an axis; the law of each is asked for its own shape.
    let stacked
        axis
        (parts: (int64 * Spec) list)
        (shape: Shape)
        (law: Spec -> Shape -> Result<Resolved, InitError list>)
        =
        let place = if axis < 0 then axis + shape.Rank else axis

        if place < 0 || place >= shape.Rank then
            Error [ InitError.AxisOutside(axis, shape.Rank) ]
        else
            let sizes = parts |> List.map fst
            let size = List.item place shape.Dims

            let sums =
                Validation.check
                    (InitError.StackedSizes(axis, sizes, size))
                    (List.forall (fun s -> s >= 0L) sizes && List.sum sizes = size)

            let stride = product (List.skip (place + 1) shape.Dims)

            let one (index, (size, spec)) =
                Shape.ofList (List.updateAt place size shape.Dims)
                |> Result.bind (law spec)
                |> Result.mapError (List.map (fun fault -> InitError.InPart(index + 1, fault)))
                |> Result.map (fun law ->
                    { Run = size * stride
                      Stream = Some(string (index: int))
                      Law = law })

            // Sizes that are no sizes would be told twice.
            let laws =
                if List.forall (fun s -> s >= 0L) sizes then
                    parts |> List.indexed |> Validation.traverse one
                else
                    Ok []

            Validation.both (Validation.ofFaults sums ()) laws
            |> Result.map (fun ((), laws) -> laws |> List.filter (fun p -> p.Run > 0L) |> Resolved.Stacked)

    /// The inner spec for each tensor that the first axes count.
    let batched axes (inner: Spec) (shape: Shape) (law: Spec -> Shape -> Result<Resolved, InitError list>) =
        if axes < 0 || axes > shape.Rank then
            Error [ InitError.AxisOutside(axes, shape.Rank) ]
        else
            let first, rest = List.splitAt axes shape.Dims

            Shape.ofList rest
            |> Result.bind (fun one ->
                law inner one
                |> Result.map (fun law ->
                    if Forms.isElements law || shape.Length = 0L then
                        law
                    else
                        Resolved.Stacked
                            [ for b in 0L .. product first - 1L ->
                                  { Run = one.Length
                                    Stream = Some(string b)
                                    Law = law } ]))
