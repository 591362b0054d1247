namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Values of Keras's serialized objects, each read with the path at which a fault is reported.
module internal KerasValues =
    let private integer source at (value: JsonElement) =
        let isInteger =
            value.ValueKind = JsonValueKind.Number
            // Python's integers have any number of digits.
            && (value.GetRawText() |> Seq.forall (fun c -> Char.IsAsciiDigit c || c = '-')
                || Double.IsInteger(value.GetDouble()))

        if isInteger then
            Ok()
        else
            Json.field source at "expected null or an integer."

    /// null or an integer, which is left out.
    let sharedId source at (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.Null -> Ok()
        | _ -> integer source at value

    /// null, an integer, or the config of a generator; all are left out.
    let seed source at (value: JsonElement) =
        match value.ValueKind, Json.tryFind "class_name" value with
        | JsonValueKind.Null, _ -> Ok()
        | JsonValueKind.Number, _ -> integer source at value
        | _, Some name when Json.isText "SeedGenerator" name -> Ok()
        | _ -> Json.field source at "expected null, an integer or the config of a SeedGenerator."

    /// A dtype's name, null or the config of a dtype policy; all are left out.
    let dtype source at (value: JsonElement) =
        match value.ValueKind with
        | JsonValueKind.Null
        | JsonValueKind.Object -> Ok()
        | _ -> Json.text source at value |> Result.map ignore

    /// The value inside of a serialized array, {"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": …}}, and
    /// any other value as it is.
    let private unwrapped at (value: JsonElement) =
        match Json.tryFind "class_name" value, Json.tryFind "config" value with
        | Some name, Some config when Json.isText "__numpy__" name || Json.isText "__tensor__" name ->
            match Json.tryFind "value" config with
            | Some inner -> $"{at}.config.value", inner
            | None -> at, value
        | _ -> at, value

    /// A number, or a serialized array without axes.
    let number source at (value: JsonElement) =
        let at, value = unwrapped at value
        Json.number source at value

    /// Numbers in nested lists, row-major, with the sizes of the axes.
    let private nested source at (value: JsonElement) : Result<NumberArray, InitError list> =
        let numbers = ResizeArray<float>()

        let rec sizes at (value: JsonElement) : Result<int64 list, InitError list> =
            match value.ValueKind with
            | JsonValueKind.Array ->
                let mutable inner: Result<int64 list, InitError list> = Ok []
                let mutable count = 0

                for item in value.EnumerateArray() do
                    match inner with
                    | Error _ -> ()
                    | Ok expected ->
                        inner <- element $"{at}[{count}]" (if count = 0 then None else Some expected) item
                        count <- count + 1

                inner |> Result.map (fun rest -> int64 count :: rest)
            | _ ->
                Json.number source at value
                |> Result.map (fun x ->
                    numbers.Add x
                    [])

        and element at expected (item: JsonElement) =
            sizes at item
            |> Result.bind (fun found ->
                match expected with
                | Some other when other <> found ->
                    Json.field source at "expected as many numbers as in the lists before it."
                | _ -> Ok found)

        sizes at value |> Result.map (fun dims -> NumberArray(dims, numbers))

    /// What Keras's Constant holds: one number, or an array of the tensor's shape. An array of one element is that number
    /// everywhere, as in Keras.
    let constant source at (value: JsonElement) : Result<Spec, InitError list> =
        let at, value = unwrapped at value

        match value.ValueKind with
        | JsonValueKind.Array ->
            nested source at value
            |> Result.map (fun all ->
                if all.Numbers.Length = 1 then
                    Spec.constant all.Numbers.Span[0]
                else
                    Spec.Literal all)
        | JsonValueKind.Number -> Json.number source at value |> Result.map Spec.constant
        | _ -> Json.field source at "expected a number or nested lists of numbers."

    /// null, or the numbers of axes.
    let axes source at (value: JsonElement) : Result<int list option, InitError list> =
        let axis (i, item: JsonElement) =
            match item.ValueKind with
            | JsonValueKind.Number when fst (item.TryGetInt32()) -> Ok(item.GetInt32())
            | _ -> Json.field source $"{at}[{i}]" "expected the number of an axis, such as 0 or -1."

        match value.ValueKind with
        | JsonValueKind.Null -> Ok None
        | JsonValueKind.Array ->
            value.EnumerateArray()
            |> Seq.indexed
            |> List.ofSeq
            |> Validation.traverse axis
            |> Result.map Some
        | _ -> Json.field source at "expected null or a list of axes, such as [0, -1]."

/// What a builder of specs asks of a Keras config's fields; each question may add faults.
[<Sealed>]
type internal KerasFields(source: string, path: string, fields: Map<string, JsonElement>) =
    let faults = ResizeArray<InitError>()

    let ask name (read: string -> JsonElement -> Result<'a, InitError list>) (fallback: 'a) =
        match Map.tryFind name fields with
        | None -> fallback
        | Some value ->
            match read $"{path}.{name}" value with
            | Ok value -> value
            | Error es ->
                faults.AddRange es
                fallback

    let choice fold (known: (string * 'a) list) at value =
        Json.text source at value
        |> Result.bind (fun text ->
            match known |> List.tryFind (fun (name, _) -> name = fold text) with
            | Some(_, value) -> Ok value
            | None -> Json.field source at $"expected one of {Names.list (List.map fst known)}.")

    member _.Number name fallback =
        ask name (KerasValues.number source) fallback

    member _.Constant name =
        ask name (KerasValues.constant source) Spec.zeros

    member _.Axes name = ask name (KerasValues.axes source) None

    member _.Choice name known fallback = ask name (choice id known) fallback

    /// One of these words in letters of any case: Keras 2 and Keras 3 fold them.
    member _.Folded name known fallback =
        ask name (choice _.ToLowerInvariant() known) fallback

    /// One of these words, or null for what is absent.
    member _.Nullable name known absent fallback =
        let read at (value: JsonElement) =
            if value.ValueKind = JsonValueKind.Null then
                Ok absent
            else
                choice id (known |> List.filter (fun (_, value') -> value' <> absent)) at value

        ask name read fallback

    member _.Flag name fallback =
        let read at (value: JsonElement) =
            match value.ValueKind with
            | JsonValueKind.True -> Ok true
            | JsonValueKind.False -> Ok false
            | _ -> Json.field source at "expected true or false."

        ask name read fallback

    /// Checks fields that a config may have but a spec does not.
    member _.LeaveOut() =
        ask "seed" (KerasValues.seed source) ()
        ask "dtype" (KerasValues.dtype source) ()

    member _.Faults = List.ofSeq faults
