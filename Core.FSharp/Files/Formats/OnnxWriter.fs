namespace Initializers.Files

open System
open System.IO
open Google.Protobuf

/// What an initializer's elements become.
[<RequireQualifiedAccess>]
type internal OnnxPlace =
    /// They stay what and where they are.
    | Kept
    /// New bytes in the model's file.
    | Embedded of bytes: int64
    /// Bytes of a file next to the model's.
    | External of location: string * offset: int64 * length: int64

/// Bytes of a new model's file.
[<RequireQualifiedAccess>]
type internal OnnxChunk =
    /// Those of the old file.
    | Copied of ByteRange
    | Written of byte[]
    /// The elements of the next tensor.
    | Elements of bytes: int64

    member this.Length =
        match this with
        | Copied range -> range.Length
        | Written bytes -> bytes.LongLength
        | Elements bytes -> bytes

/// Lays out a model's file with new elements of initializers; every other field keeps its bytes.
[<RequireQualifiedAccess>]
module internal OnnxWriter =
    let private written (write: CodedOutputStream -> unit) : OnnxChunk =
        use buffer = new MemoryStream()
        use output = new CodedOutputStream(buffer, true)
        write output
        output.Flush()
        OnnxChunk.Written(buffer.ToArray())

    let lengthOf (chunks: OnnxChunk list) : int64 = chunks |> List.sumBy _.Length

    /// A field of bytes with its tag and length.
    let private field (number: int) (content: OnnxChunk list) : OnnxChunk list =
        let start =
            written (fun output ->
                output.WriteTag(number, WireFormat.WireType.LengthDelimited)
                output.WriteUInt64(uint64 (lengthOf content)))

        start :: content

    let private text number (value: string) =
        field number [ OnnxChunk.Written(System.Text.Encoding.UTF8.GetBytes value) ]

    let private pair number (key: string, value: string) =
        field number (text 1 key @ text 2 value)

    let private tensor (initializer: OnnxInitializer) (data: OnnxChunk list) =
        field 5 (List.map OnnxChunk.Copied initializer.Others @ data)

    let rec private partOf
        (placeOf: OnnxInitializer -> OnnxPlace)
        (isReplaced: string -> bool)
        (part: OnnxPart)
        : OnnxChunk list =
        match part with
        | OnnxPart.Graph parts -> field 7 (parts |> List.collect (partOf placeOf isReplaced))
        | OnnxPart.Metadata(key, _, _) when isReplaced key -> []
        | OnnxPart.Initializer(initializer, whole) ->
            match placeOf initializer with
            | OnnxPlace.Kept -> [ OnnxChunk.Copied whole ]
            | OnnxPlace.Embedded bytes -> tensor initializer (field 9 [ OnnxChunk.Elements bytes ])
            | OnnxPlace.External(location, offset, length) ->
                let isExternal =
                    written (fun output ->
                        output.WriteTag(14, WireFormat.WireType.Varint)
                        output.WriteInt32 1)

                [ "location", location; "offset", string offset; "length", string length ]
                |> List.collect (pair 13)
                |> fun entries -> tensor initializer (entries @ [ isExternal ])
        | OnnxPart.Metadata(_, _, whole)
        | OnnxPart.Node(_, whole)
        | OnnxPart.Bytes whole -> [ OnnxChunk.Copied whole ]

    /// The new file: initializers at their places, and metadata in the place of those whose keys are replaced.
    let layout placeOf isReplaced (metadata: (string * string) list) (parts: OnnxPart list) : OnnxChunk list =
        (parts |> List.collect (partOf placeOf isReplaced))
        @ (metadata |> List.collect (pair 14))
