namespace Initializers.FSharp

open System
open System.Collections.Concurrent
open System.Collections.Generic
open Initializers

/// What a model's rules ask about its tensors. Answers are kept, since thousands of tensors ask the same.
[<RequireQualifiedAccess>]
module internal ModelTensors =
    let private fault reason = Error(InitError.Expression reason)

    /// The first number from 0 that a numbered list lacks.
    let private gap (numbers: int64 list) =
        List.indexed numbers
        |> List.tryPick (fun (i, number) -> if number <> int64 i then Some(int64 i) else None)

    /// The fault of blocks that are not numbered from 0 without gaps. The last capture that is a number numbers them; the
    /// others, such as a prefix, tell lists apart.
    let private gaps (pattern: string) (captures: Map<string, string> list) : InitError option =
        let names = Pattern.names (Pattern.Glob pattern)

        let numbered =
            names
            |> List.tryFindBack (fun name -> captures |> List.forall (fun c -> (NumberText.index c[name]).IsSome))

        match numbered with
        | None -> None
        | Some counter ->
            captures
            |> List.groupBy (Map.remove counter)
            |> List.tryPick (fun (others, all) ->
                let numbers =
                    all
                    |> List.choose (fun c -> NumberText.index c[counter])
                    |> List.distinct
                    |> List.sort

                // The block's name ends with its number.
                let stem =
                    pattern.Substring(
                        0,
                        pattern.IndexOf('}', pattern.IndexOf($"{{{counter}", StringComparison.Ordinal))
                        + 1
                    )

                let named (number: int64) =
                    (stem, Map.add counter (string number) others)
                    ||> Map.fold (fun (text: string) name value ->
                        text.Replace($"{{{name}}}", value).Replace($"{{{name}*}}", value))

                gap numbers
                |> Option.map (fun missing ->
                    InitError.BlocksMissing(named missing, numbers.Length, named (List.last numbers))))

    /// The layout for a tensor of this rank: that of a matrix or of a convolution, whichever the rank has.
    let private layoutFor (rank: int) (fan: Fan) : Fan =
        match fan with
        | Fan.From Layout.OutIn when rank > 2 -> Fan.From Layout.OutInSpatial
        | Fan.From Layout.OutInSpatial when rank = 2 -> Fan.From Layout.OutIn
        | Fan.From Layout.InOut when rank > 2 -> Fan.From Layout.SpatialInOut
        | Fan.From Layout.SpatialInOut when rank = 2 -> Fan.From Layout.InOut
        | other -> other

    /// Answers about the tensors of a model and the names in its other files, or why these are unknown. `defined` are the
    /// expressions under "let", and `layouts` the fans of tensors whose entries say the roles of their axes.
    let scope
        (defined: Map<string, Expression>)
        (tensors: TensorEntry list)
        (layouts: Map<string, Fan>)
        (elsewhere: Result<string list, InitError list>)
        : ModelScope =
        let shapes = Dictionary<string, Shape>(StringComparer.Ordinal)

        for tensor in tensors do
            shapes[tensor.Name] <- tensor.Shape

        let others =
            LazyValue(fun () ->
                elsewhere
                |> Result.map (fun names -> HashSet<string>(names, StringComparer.Ordinal)))

        let answers =
            ConcurrentDictionary<struct (Question * string list * float), Result<float, InitError>>()

        let captured (pattern: string) : Result<Map<string, string> list, InitError> =
            Validation.both (Pattern.capture (Pattern.Glob pattern)) elsewhere
            |> Result.mapError List.head
            |> Result.map (fun (matches, names) ->
                Seq.append (tensors |> Seq.map _.Name) (names |> Seq.filter (shapes.ContainsKey >> not))
                |> Seq.choose matches
                |> List.ofSeq)

        let count (pattern: string) =
            captured pattern
            |> Result.bind (fun all ->
                match all, (if Captures.has pattern then List.distinct all else all) with
                | [], _ -> fault (ExpressionFault.CountEmpty pattern)
                | _, distinct -> Ok(float distinct.Length))

        let blocks (pattern: string) =
            captured pattern
            |> Result.bind (fun all ->
                let all = List.distinct all

                match gaps pattern all with
                | Some missing -> Error missing
                | None -> Ok(float all.Length))

        let shapeOf (name: string) : Result<Shape, InitError> =
            match shapes.TryGetValue name with
            | true, shape -> Ok shape
            | _ -> fault (ExpressionFault.TensorMissing name)

        let fanOf mode (name: string) (layout: string) =
            Fan.ofLayoutText layout
            |> Result.mapError List.head
            |> Result.bind (fun fan -> shapeOf name |> Result.map (fun shape -> fan, shape))
            |> Result.bind (fun (fan, shape) ->
                Fan.denominator mode shape (layoutFor shape.Rank fan)
                |> Result.mapError List.head)

        let size (shape: Shape) (axis: float) =
            let rank = shape.Rank
            let place = if axis < 0.0 then axis + float rank else axis

            if Double.IsInteger place && place >= 0.0 && place < float rank then
                Ok(float (List.item (int place) shape.Dims))
            else
                Error(InitError.AxisOutOfRange(int axis, rank))

        let answer (question: Question) (texts: string list) (axis: float) : Result<float, InitError> =
            match question, texts with
            | Question.Count, [ pattern ] -> count pattern
            | Question.Blocks, [ pattern ] -> blocks pattern
            | Question.Any, [ pattern ] -> captured pattern |> Result.map (fun all -> if all.IsEmpty then 0.0 else 1.0)
            | Question.Dim, [ name ] -> shapeOf name |> Result.bind (fun shape -> size shape axis)
            | Question.Rank, [ name ] -> shapeOf name |> Result.map (fun shape -> float shape.Rank)
            | Question.Size, [ name ] -> shapeOf name |> Result.map (fun shape -> float shape.Length)
            | Question.Has, [ name ] ->
                if shapes.ContainsKey name then
                    Ok 1.0
                else
                    others.Value
                    |> Result.mapError List.head
                    |> Result.map (fun names -> if names.Contains name then 1.0 else 0.0)
            | Question.FanIn, [ name; layout ] -> fanOf FanMode.FanIn name layout
            | Question.FanOut, [ name; layout ] -> fanOf FanMode.FanOut name layout
            | _ -> fault (ExpressionFault.ModelMissing(Question.name question))

        let ask question texts axis =
            answers.GetOrAdd(struct (question, texts, axis), fun _ -> answer question texts axis)

        let values = ConcurrentDictionary<string, Result<float, InitError>>()

        // Definitions that need each other were refused when they were read.
        let rec value (name: string) : Result<float, InitError> =
            values.GetOrAdd(
                name,
                fun name ->
                    match Map.tryFind name defined with
                    | Some expression -> Expression.evaluate { Value = value; Ask = ask } expression
                    | None -> fault (ExpressionFault.NameUnknown(name, List.ofSeq (Map.keys defined)))
            )

        { Ask = ask
          Defined = List.ofSeq (Map.keys defined)
          Let = value
          LayoutOf = fun name -> Map.tryFind name layouts }
