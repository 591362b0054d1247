namespace Initializers.FSharp

open System
open System.Buffers.Binary
open System.Globalization
open System.IO
open System.Text
open System.Text.Unicode
open Initializers.Files

/// The Python literals of an npy header.
[<RequireQualifiedAccess>]
type private Literal =
    | Text of string
    | Integer of int64
    | Truth of bool
    | Nothing
    | Items of Literal list
    | Dict of (string * Literal) list

exception private NotLiteral of column: int * expected: string

/// Reads the literal that a text is; nothing is evaluated.
type private LiteralReader(text: string) =
    let mutable at = 0
    let bad expected = raise (NotLiteral(at + 1, expected))

    let peek () =
        if at < text.Length then text[at] else '\000'

    let skip () =
        while at < text.Length && Char.IsWhiteSpace text[at] do
            at <- at + 1

    let accept c =
        skip ()

        if at < text.Length && text[at] = c then
            at <- at + 1
            true
        else
            false

    let word (w: string) =
        if String.CompareOrdinal(text, at, w, 0, w.Length) = 0 then
            at <- at + w.Length
            true
        else
            false

    let quoted () =
        let quote = text[at]
        let from = at + 1
        let ended = text.IndexOf(quote, from)

        if ended < 0 then
            bad "the end of the text that begins here"

        let inner = text.Substring(from, ended - from)

        // No name and no dtype needs an escape.
        if inner.Contains '\\' then
            bad "a text without escapes"

        at <- ended + 1
        inner

    let integer () =
        let from = at

        if peek () = '-' then
            at <- at + 1

        while Char.IsAsciiDigit(peek ()) do
            at <- at + 1

        match NumberText.signed (text.Substring(from, at - from)) with
        | Some n ->
            // Python 2 wrote its long integers so.
            if peek () = 'L' then
                at <- at + 1

            n
        | None ->
            at <- from
            bad "an integer that fits 64 bits"

    let rec value depth : Literal =
        skip ()

        if depth > 16 then
            bad "fewer brackets inside each other"

        match peek () with
        | '\''
        | '"' -> Literal.Text(quoted ())
        | '(' -> items depth ')'
        | '[' -> items depth ']'
        | '{' -> dict depth
        | c when c = '-' || Char.IsAsciiDigit c -> Literal.Integer(integer ())
        | _ when word "True" -> Literal.Truth true
        | _ when word "False" -> Literal.Truth false
        | _ when word "None" -> Literal.Nothing
        | _ -> bad "a literal"

    and items depth close =
        at <- at + 1
        let found = ResizeArray()
        let mutable ended = accept close

        while not ended do
            found.Add(value (depth + 1))
            let comma = accept ','
            ended <- accept close

            if not ended && not comma then
                bad $"',' or '{close}'"

        Literal.Items(List.ofSeq found)

    and dict depth =
        at <- at + 1
        let found = ResizeArray()
        let mutable ended = accept '}'

        while not ended do
            skip ()

            if peek () <> '\'' && peek () <> '"' then
                bad "a name in quotes"

            let key = quoted ()

            if not (accept ':') then
                bad "':'"

            found.Add(key, value (depth + 1))
            let comma = accept ','
            ended <- accept '}'

            if not ended && not comma then
                bad "',' or '}'"

        Literal.Dict(List.ofSeq found)

    /// The literal, or the column and what was expected there.
    member _.Whole() : Result<Literal, InitError list> =
        try
            let read = value 0
            skip ()

            if at < text.Length then
                bad "the end of the header"

            Ok read
        with NotLiteral(column, expected) ->
            Error [ InitError.HeaderSyntax $"column {column}: expected {expected}." ]

[<RequireQualifiedAccess>]
module NpyReader =
    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    /// The longest that is read. What NumPy writes for a plain dtype is some hundred bytes.
    let private longest = 1 <<< 20

    [<CompiledName "IsNpy">]
    let isNpy (start: ReadOnlyMemory<byte>) : bool =
        start.Span.StartsWith(ReadOnlySpan magic)

    let private syntax reason = Error [ InitError.HeaderSyntax reason ]

    let private known =
        [ "f2"
          "f4"
          "f8"
          "i1"
          "i2"
          "i4"
          "i8"
          "u1"
          "u2"
          "u4"
          "u8"
          "b1"
          "c8"
          "c16" ]

    /// An element type and whether its most significant byte stands first.
    let private descr (literal: Literal) : Result<StoredType * bool, InitError list> =
        match literal with
        | Literal.Items _ ->
            Error [ InitError.StoredTypeUnsupported("structured", "save each field as a separate array.") ]
        | Literal.Text text ->
            let order, rest =
                if text.Length > 0 && "<>|=".Contains text[0] then
                    text[0], text.Substring 1
                else
                    '=', text

            let stored =
                match rest with
                | "f2" -> Ok StoredType.F16
                | "f4" -> Ok StoredType.F32
                | "f8" -> Ok StoredType.F64
                | "i1" -> Ok StoredType.I8
                | "i2" -> Ok StoredType.I16
                | "i4" -> Ok StoredType.I32
                | "i8" -> Ok StoredType.I64
                | "u1" -> Ok StoredType.U8
                | "u2" -> Ok StoredType.U16
                | "u4" -> Ok StoredType.U32
                | "u8" -> Ok StoredType.U64
                | "b1"
                | "?" -> Ok StoredType.Bool
                | "c8" -> Ok StoredType.C64
                | "c16" -> Ok StoredType.C128
                | "V1" ->
                    Error
                        [ InitError.StoredTypeUnsupported(
                              text,
                              "NumPy writes float8 and int4 of ml_dtypes so, and does not say which; save it as float32, or as safetensors."
                          ) ]
                | "V2" ->
                    Error
                        [ InitError.StoredTypeUnsupported(
                              text,
                              "NumPy writes bfloat16 so, and other types of two bytes too; save it as float32."
                          ) ]
                | "O" -> Error [ InitError.StoredTypeUnsupported(text, "objects are pickled programs.") ]
                | _ when rest.Length > 0 && "SUVMmaOGg".Contains rest[0] ->
                    Error [ InitError.StoredTypeUnsupported(text, "its elements are no numbers.") ]
                | _ -> Error [ InitError.StoredTypeUnknown(text, known) ]

            stored |> Result.map (fun stored -> stored, order = '>')
        | _ -> syntax "'descr' is no dtype."

    let private dict (literal: Literal) =
        match literal with
        | Literal.Dict entries ->
            let names = entries |> List.map fst
            let expected = [ "descr"; "fortran_order"; "shape" ]

            if List.sort names = expected then
                Ok(Map.ofList entries)
            else
                syntax $"its names are {Names.list names}; expected {Names.list expected}."
        | _ -> syntax "it is no dictionary."

    let private sizes (literal: Literal) =
        match literal with
        | Literal.Items items ->
            items
            |> Validation.traverse (function
                | Literal.Integer n -> Ok n
                | _ -> syntax "'shape' has something else than integers.")
            |> Result.bind Shape.ofList
        | _ -> syntax "'shape' is no tuple."

    let private order (literal: Literal) =
        match literal with
        | Literal.Truth fortran -> Ok fortran
        | _ -> syntax "'fortran_order' is neither True nor False."

    /// Whether another array begins `bytes` bytes after the stream's position, which does not change.
    let private isFollowed (stream: Stream) (bytes: int64) =
        let start = stream.Position
        stream.Position <- start + bytes
        let next = HeaderBytes.read stream magic.Length
        stream.Position <- start
        isNpy (ReadOnlyMemory next)

    /// The array's bytes against those that are left.
    let private place name start (stream: Stream) ((stored, big), shape: Shape) =
        let have = HeaderBytes.left stream

        match StoredType.bytes shape.Length stored with
        | None -> Error [ InitError.ShapeOverflow shape.Dims ]
        | Some bytes ->
            let faults =
                match have with
                | Some have when have < bytes -> [ InitError.FileTruncated("the data", bytes, have) ]
                | Some have when have > bytes && isFollowed stream bytes -> [ InitError.ArrayFollows(start + bytes) ]
                | Some have when have > bytes -> [ InitError.BytesUnclaimed(bytes, have) ]
                | _ -> []

            Validation.ofFaults
                faults
                { Format = "npy"
                  Metadata = []
                  Tensors =
                    [ { Name = name
                        DType = stored
                        Shape = shape
                        Offset = 0L
                        Bytes = bytes } ]
                  DataStart = start
                  BigEndian = big }

    let private read name start stream (text: string) =
        LiteralReader(text).Whole()
        |> Result.bind dict
        |> Result.bind (fun fields ->
            validation {
                let! dtype = descr fields["descr"]
                and! sizes = sizes fields["shape"]
                and! isColumnMajor = order fields["fortran_order"]
                let! header = place name start stream (dtype, sizes)
                return header, isColumnMajor
            })

    let located (name: string) (stream: Stream) : Result<FileHeader * bool, InitError list> =
        HeaderBytes.exactly "the start of the header" stream 8
        |> Result.bind (fun start ->
            match int start[6], int start[7] with
            | _ when not (isNpy (ReadOnlyMemory start)) -> syntax "it does not begin as an npy file does."
            | 1, 0 -> Ok(2, false)
            | 2, 0 -> Ok(4, false)
            | 3, 0 -> Ok(4, true)
            | major, minor -> syntax $"npy version {major}.{minor}; known are 1.0, 2.0 and 3.0.")
        |> Result.bind (fun (width, utf8) ->
            HeaderBytes.exactly "the length of the header" stream width
            |> Result.bind (fun bytes ->
                let length =
                    if width = 2 then
                        uint32 (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan bytes))
                    else
                        BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan bytes)

                if length < 2u || length > uint32 longest then
                    Error [ InitError.HeaderLength(uint64 length, int64 longest) ]
                else
                    HeaderBytes.exactly "the header" stream (int length))
            |> Result.bind (fun bytes ->
                if utf8 && not (Utf8.IsValid(ReadOnlySpan bytes)) then
                    syntax "it is not UTF-8."
                else
                    let encoding = if utf8 then Encoding.UTF8 else Encoding.Latin1
                    let start = int64 (8 + width + bytes.Length)
                    read name start stream (encoding.GetString bytes)))

    [<CompiledName "Header">]
    let header (name: string) (stream: Stream) : Result<FileHeader, InitError list> =
        located name stream |> Result.map fst
