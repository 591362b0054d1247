namespace Initializers.FSharp

open Initializers

/// Faults of requests of which some parts could not be read.
[<RequireQualifiedAccess>]
module internal RequestFaults =
    /// Faults of spec, fan and dtype that can be known while some of the request is not (None: it could not be read).
    /// What rests on an unknown part, or on fans that a layout would read from sizes that are no shape, is left out.
    let knowable (spec: Spec) (dims: int64 list option) (fan: Fan option) (dtype: DType option) : InitError list =
        // Of a shape of too many axes nothing else is asked.
        let dims =
            dims |> Option.filter (fun dims -> (Shape.rankFaults dims.Length).IsEmpty)

        let shape = dims |> Option.map Shape.ofList

        // Sizes that are no shape still have a rank, which is all that a layout's own faults need.
        let standIn =
            match shape, dims with
            | Some(Ok shape), _ -> Ok shape
            | _, Some dims -> Shape.ofList (List.replicate dims.Length 1L)
            | _ -> Ok Shape.scalar

        let shapeKnown =
            match shape with
            | Some(Ok _) -> true
            | _ -> false

        let fansKnown =
            match fan, shape with
            | None, _ -> false
            | Some(Fan.From _ | Fan.Axes _), Some(Ok _) -> true
            | Some(Fan.From _ | Fan.Axes _), _ -> false
            | Some _, _ -> true

        let lawKnown = fansKnown || (Spec.modes spec).IsEmpty

        standIn
        |> Result.bind (fun shape ->
            Plan.resolve spec shape (Option.defaultValue Fan.Unknown fan) (Option.defaultValue DType.Float32 dtype))
        |> Validation.faults
        |> List.filter (
            let rec known =
                function
                | InitError.InPart(_, fault)
                | InitError.InElement(_, fault) -> known fault
                // Expressions read the sizes of a shape.
                | InitError.InExpression(_, _, fault) -> shapeKnown && known fault
                | InitError.FanMissing _ -> fan.IsSome
                | InitError.LayoutRank _
                | InitError.AxesRank _
                | InitError.RankUnsupported _
                | InitError.AxisOutOfRange _
                | InitError.BatchAxesOutOfRange _ -> dims.IsSome
                | InitError.NotAMultiple _
                | InitError.GroupsNotDividing _
                | InitError.InputsExceedOutputs _
                | InitError.StackedSizes _
                | InitError.OutOfRange("padding", _, _, _, _)
                | InitError.LiteralShape _ -> shapeKnown
                | InitError.NotExact _ -> shapeKnown && dtype.IsSome
                | InitError.FanNotPositive _ -> fansKnown
                | InitError.SpreadNotFinite _
                | InitError.SpreadLost _
                | InitError.LowNotBelowHigh _ -> lawKnown
                | InitError.IntervalTooNarrow _
                | InitError.ClipTooNarrow _
                | InitError.OverflowsDType _ -> lawKnown && dtype.IsSome
                | _ -> true

            known
        )

    /// Whether a fault depends on the dtype.
    let restsOnDType fault =
        match InitErrorCode.inner fault with
        | InitError.Output(OutputFault.Float8Overflow _ | OutputFault.Float8NotPositive _)
        | InitError.IntervalTooNarrow _
        | InitError.ClipTooNarrow _
        | InitError.OverflowsDType _ -> true
        | _ -> false
