namespace Initializers.FSharp

open System.Text.Json
open Initializers

/// The sizes of a tensor between layers of Keras, None where an axis, such as the batch, may have any size.
type internal KerasShape = int64 option list

/// Shapes as Keras's JSON has them.
[<RequireQualifiedAccess>]
module internal KerasShape =
    /// The largest size that is read; products of two such sizes fit 64 bits.
    [<Literal>]
    let Largest = 2147483647L

    let size (value: JsonElement) : int64 option option =
        match value.ValueKind with
        | JsonValueKind.Null -> Some None
        | JsonValueKind.Number ->
            match value.TryGetInt64() with
            | true, size when size >= 0L && size <= Largest -> Some(Some size)
            | _ -> None
        | _ -> None

    let private all (values: 'a option list) =
        if List.forall Option.isSome values then
            Some(List.choose id values)
        else
            None

    /// A list of sizes and nulls.
    let tryRead (value: JsonElement) : KerasShape option =
        if value.ValueKind = JsonValueKind.Array then
            value.EnumerateArray() |> Seq.map size |> List.ofSeq |> all
        else
            None

    /// One shape, or several in a list or an object.
    let many (value: JsonElement) : KerasShape list =
        match tryRead value, value.ValueKind with
        | Some shape, _ -> [ shape ]
        | None, JsonValueKind.Array -> value.EnumerateArray() |> Seq.choose tryRead |> List.ofSeq
        | None, JsonValueKind.Object -> value.EnumerateObject() |> Seq.choose (fun p -> tryRead p.Value) |> List.ofSeq
        | _ -> []

    /// The product of sizes, unless one is unknown or the product is too large for any tensor.
    let product (sizes: KerasShape) : int64 option =
        (Some 1L, sizes)
        ||> List.fold (fun product size ->
            match product, size with
            | Some a, Some b when b = 0L || a <= Largest * Largest / max 1L b -> Some(a * b)
            | _ -> None)

/// A layer of Keras with the shapes of its inputs, as the table of classes asks about it. Each question may add faults.
[<Sealed>]
type internal KerasLayer
    (source: string, path: string, name: string, kind: string, config: Map<string, JsonElement>, inputs: KerasShape list)
    =
    let faults = ResizeArray<InitError>()

    let ask field (read: string -> JsonElement -> Result<'a, InitError list>) (fallback: unit -> 'a) =
        match Map.tryFind field config with
        | Some value when value.ValueKind <> JsonValueKind.Null ->
            match read (Json.memberPath path field) value with
            | Ok value -> value
            | Error found ->
                faults.AddRange found
                fallback ()
        | _ -> fallback ()

    let whole at (value: JsonElement) =
        match KerasShape.size value with
        | Some(Some size) -> Ok size
        | _ -> Json.field source at $"expected a whole number from 0 to {KerasShape.Largest}."

    let sizes (count: int) at (value: JsonElement) =
        match value.ValueKind, KerasShape.tryRead value with
        | JsonValueKind.Number, _ -> whole at value |> Result.map (List.replicate count)
        | _, Some all when all.Length = count && List.forall Option.isSome all -> Ok(List.choose id all)
        | _ -> Json.field source at $"expected a size, or a list of {count}."

    let unknown () =
        let fault =
            InitError.Architecture(ArchitectureFault.LayerShapeUnknown(source, name, kind))

        if not (faults.Contains fault) then
            faults.Add fault

    member _.Source = source
    member _.Path = path
    member _.Name = name
    member _.Kind = kind
    member _.Config = config
    member _.Inputs = inputs
    member _.Faults = faults |> List.ofSeq |> List.distinct

    /// Whether the config has the field, and not as null.
    member _.Has field =
        match Map.tryFind field config with
        | Some value -> value.ValueKind <> JsonValueKind.Null
        | None -> false

    /// Reports a field that cannot be used.
    member _.Wrong(field: string, reason: string) =
        faults.AddRange(Validation.faults (Json.field source (Json.memberPath path field) reason))

    /// A size that the config must have.
    member _.Whole field =
        ask field whole (fun () ->
            faults.AddRange(
                match Map.tryFind field config with
                | Some value when value.ValueKind <> JsonValueKind.Null -> []
                | _ -> Validation.faults (Json.field source path $"the field \"{field}\" is missing.")
            )

            1L)

    member _.Whole(field, fallback) = ask field whole (fun () -> fallback)

    /// A size for each axis; one number is that of each.
    member _.Sizes(field, count, fallback) =
        ask field (sizes count) (fun () -> fallback)

    member layer.Flag(field, fallback) =
        let read at (value: JsonElement) =
            match value.ValueKind with
            | JsonValueKind.True -> Ok true
            | JsonValueKind.False -> Ok false
            | _ -> Json.field source at "expected true or false."

        ask field read (fun () -> fallback)

    member _.Word(field, fallback) =
        ask field (Json.text source) (fun () -> fallback)

    /// One axis or several.
    member _.Axes(field, fallback) =
        let read at (value: JsonElement) =
            match value.ValueKind with
            | JsonValueKind.Number when fst (value.TryGetInt32()) -> Ok [ value.GetInt32() ]
            | JsonValueKind.Array -> KerasValues.axes source at value |> Result.map (Option.defaultValue fallback)
            | _ -> Json.field source at "expected the number of an axis, or a list of them."

        ask field read (fun () -> fallback)

    /// Sizes and nulls, or one size.
    member _.Shape field : KerasShape option =
        let read at (value: JsonElement) =
            match KerasShape.tryRead value, KerasShape.size value with
            | Some shape, _ -> Ok(Some shape)
            | None, Some(Some size) -> Ok(Some [ Some size ])
            | _ -> Json.field source at "expected a list of sizes."

        ask field read (fun () -> None)

    /// The size of an axis of an input, which counts from the last where it is negative.
    member _.Size(input: int, axis: int) : int64 =
        let known =
            List.tryItem input inputs
            |> Option.bind (fun shape -> List.tryItem (if axis < 0 then shape.Length + axis else axis) shape)
            |> Option.flatten

        match known with
        | Some size -> size
        | None ->
            unknown ()
            1L

    /// The axis of the channels.
    member layer.ChannelAxis =
        if layer.Word("data_format", "channels_last") = "channels_first" then
            1
        else
            -1

    member layer.Channels = layer.Size(0, layer.ChannelAxis)

    /// The first input, if its shape is known.
    member _.Input = List.tryHead inputs

    /// The first input's rank.
    member _.Rank =
        match inputs with
        | first :: _ -> first.Length
        | [] ->
            unknown ()
            1
