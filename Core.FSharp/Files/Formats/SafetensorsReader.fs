namespace Initializers.FSharp

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Text.Json
open System.Text.Unicode
open Initializers.Files

[<RequireQualifiedAccess>]
module SafetensorsReader =
    /// The reference implementation's MAX_HEADER_SIZE.
    let private longest = 100_000_000L

    let private field path reason =
        Error [ InitError.JsonField("the header", path, reason) ]

    /// Members of an object. Names that are no Unicode (a lone surrogate, escaped) are faults; System.Text.Json finds
    /// them only when the text is asked for.
    let private members path twice (value: JsonElement) : Result<(string * JsonElement) list, InitError list> =
        if value.ValueKind <> JsonValueKind.Object then
            field path "expected an object, {…}."
        else
            let seen = HashSet<string>(StringComparer.Ordinal)

            let read (p: JsonProperty) =
                try
                    let name = p.Name

                    if seen.Add name then
                        Ok(name, p.Value)
                    else
                        Error [ twice name ]
                with :? InvalidOperationException ->
                    field path "a name is not valid Unicode."

            value.EnumerateObject() |> List.ofSeq |> Validation.traverse read

    let private text path (value: JsonElement) =
        try
            match
                value.ValueKind,
                (if value.ValueKind = JsonValueKind.String then
                     value.GetString()
                 else
                     null)
            with
            | JsonValueKind.String, NonNull s -> Ok s
            | _ -> field path "expected a text."
        with :? InvalidOperationException ->
            field path "the text is not valid Unicode."

    let private integers path (value: JsonElement) =
        if value.ValueKind <> JsonValueKind.Array then
            field path "expected a list of integers, […]."
        else
            let integer (i, item: JsonElement) =
                match
                    (if item.ValueKind = JsonValueKind.Number then
                         item.TryGetInt64()
                     else
                         (false, 0L))
                with
                | true, n -> Ok n
                | _ -> field $"{path}[{i}]" "expected an integer that fits 64 bits."

            value.EnumerateArray()
            |> Seq.indexed
            |> List.ofSeq
            |> Validation.traverse integer

    /// The items of a list, which are counted before they are read: a list of millions takes a hundred times its bytes.
    let private count (value: JsonElement) =
        if value.ValueKind = JsonValueKind.Array then
            value.GetArrayLength()
        else
            0

    let private tensor (name: string) (value: JsonElement) : Result<TensorHeader, InitError list> =
        let at = Json.quote (Names.excerpt name)
        let path part = Json.memberPath at part

        members at (fun twice -> InitError.JsonField("the header", path twice, "given twice.")) value
        |> Result.bind (fun members ->
            let fields = Map.ofList members

            let required part read =
                match Map.tryFind part fields with
                | Some value -> read (path part) value
                | None -> field at $"the field \"{part}\" is missing."

            let inTensor result =
                result |> Result.mapError (List.map (fun e -> InitError.InTensor(name, e)))

            let dtype =
                required "dtype" text
                |> Result.bind (fun text -> StoredType.parse text |> inTensor)

            let shape =
                required "shape" (fun path value ->
                    match Shape.rankFaults (count value) with
                    | [] -> integers path value |> Result.bind (Shape.ofList >> inTensor)
                    | faults -> inTensor (Error faults))

            let offsets =
                required "data_offsets" (fun path value ->
                    if count value > 2 then
                        field path "expected two integers."
                    else
                        integers path value)
                |> Result.bind (function
                    | [ first; last ] when first >= 0L && first <= last -> Ok(first, last - first)
                    | [ _; _ ] -> field (path "data_offsets") "expected a start of 0 or more and an end not before it."
                    | _ -> field (path "data_offsets") "expected two integers.")

            validation {
                let! dtype = dtype
                and! shape = shape
                and! offset, bytes = offsets

                let! () =
                    Validation.check
                        (InitError.InTensor(name, InitError.BytesMismatch(StoredType.toText dtype, shape.Dims, bytes)))
                        (StoredType.bytes shape.Length dtype = Some bytes)

                return
                    { Name = name
                      DType = dtype
                      Shape = shape
                      Offset = offset
                      Bytes = bytes }
            })

    let private metadata (value: JsonElement) : Result<(string * string) list, InitError list> =
        // The reference implementation reads null as none.
        if value.ValueKind = JsonValueKind.Null then
            Ok []
        else
            let path name =
                Json.memberPath "\"__metadata__\"" (Json.quote (Names.excerpt name))

            members
                "\"__metadata__\""
                (fun twice -> InitError.JsonField("the header", path twice, "given twice."))
                value
            |> Result.bind (
                Validation.traverse (fun (name, value) -> text (path name) value |> Result.map (fun text -> name, text))
            )

    /// Holes and overlaps, walking the tensors in the order of their bytes; and where the last one ends.
    let private places (tensors: TensorHeader list) : InitError list * int64 =
        let step (faults, last: string, ended: int64) (t: TensorHeader) =
            let faults =
                if t.Offset > ended then
                    InitError.BytesUnclaimed(ended, t.Offset) :: faults
                elif t.Offset < ended then
                    InitError.Format(FormatFault.TensorsOverlap(last, t.Name)) :: faults
                else
                    faults

            if t.Offset + t.Bytes >= ended then
                faults, t.Name, t.Offset + t.Bytes
            else
                faults, last, ended

        let faults, _, ended =
            tensors
            |> List.sortBy (fun t -> struct (t.Offset, t.Bytes))
            |> List.fold step ([], "", 0L)

        List.rev faults, ended

    /// What is known of the length of the data.
    [<RequireQualifiedAccess>]
    type private DataLength =
        | Unknown
        | Whole of int64
        /// The file may have been cut anywhere in its data.
        | Beginning of int64

    /// What the header and the length of the data say together. Where the tensors are in place and the data merely
    /// ends early, that is one fault and not one for each tensor beyond.
    let private against (have: DataLength) (tensors: TensorHeader list) : InitError list =
        let faults, ended = places tensors

        let have =
            match have with
            | DataLength.Unknown -> None
            | DataLength.Whole bytes -> Some bytes
            | DataLength.Beginning bytes -> Some(max bytes ended)

        match have, faults with
        | Some have, [] when ended > have -> [ InitError.FileTruncated("the data", ended, have) ]
        | Some have, [] when ended < have -> [ InitError.BytesUnclaimed(ended, have) ]
        | Some have, faults ->
            faults
            @ (tensors
               |> List.filter (fun t -> t.Offset + t.Bytes > have)
               |> List.map (fun t ->
                   InitError.InTensor(t.Name, InitError.OffsetsOutOfRange(t.Offset, t.Offset + t.Bytes, have))))
        | None, faults -> faults

    let private read (have: DataLength) (start: int64) (root: JsonElement) : Result<FileHeader, InitError list> =
        members "the top" InitError.TensorDuplicate root
        |> Result.bind (fun members ->
            let ours, theirs =
                members |> List.partition (fun (name, _) -> name = "__metadata__")

            let metadata =
                match ours with
                | (_, value) :: _ -> metadata value
                | [] -> Ok []

            let tensors = theirs |> Validation.traverse (fun (name, value) -> tensor name value)
            let together = tensors |> Result.map (against have) |> Result.defaultValue []

            match metadata, tensors, together with
            | Ok metadata, Ok tensors, [] ->
                Ok
                    { Format = "safetensors"
                      Metadata = metadata
                      Tensors = tensors
                      DataStart = start
                      BigEndian = false }
            | _ -> Error(Validation.faults metadata @ Validation.faults tensors @ together))

    let private parse have start (utf8: byte[]) : Result<FileHeader, InitError list> =
        if utf8[0] <> byte '{' then
            Error [ InitError.HeaderSyntax "it does not begin with '{'." ]
        elif not (Utf8.IsValid(ReadOnlySpan utf8)) then
            Error [ InitError.HeaderSyntax "it is not UTF-8." ]
        else
            try
                use document = JsonDocument.Parse(ReadOnlyMemory utf8)
                read have start document.RootElement
            with :? JsonException as e ->
                Error [ Json.malformed "the header" e ]

    let private headerOf (lengthOf: int64 -> DataLength) (start: byte[]) (stream: Stream) =
        if start.Length < 8 then
            Error [ InitError.FileTruncated("the length of the header", 8L, int64 start.Length) ]
        else
            let length = BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan start)

            if length < 2UL || length > uint64 longest then
                Error [ InitError.HeaderLength(length, longest) ]
            else
                HeaderBytes.exactly "the header" stream (int length)
                |> Result.bind (fun utf8 ->
                    let have =
                        match HeaderBytes.left stream with
                        | Some left -> lengthOf left
                        | None -> DataLength.Unknown

                    parse have (8L + int64 length) utf8)

    /// The header of a file of which the first eight bytes, or all that there are, have been read.
    let following (start: byte[]) (stream: Stream) : Result<FileHeader, InitError list> =
        headerOf DataLength.Whole start stream

    /// The header of a file that may have been cut after it.
    let beginning (stream: Stream) : Result<FileHeader, InitError list> =
        headerOf DataLength.Beginning (HeaderBytes.read stream 8) stream

    [<CompiledName "Header">]
    let header (stream: Stream) : Result<FileHeader, InitError list> =
        following (HeaderBytes.read stream 8) stream
