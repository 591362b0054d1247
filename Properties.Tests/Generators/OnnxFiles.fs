/// ONNX models, written field by field with Google's protocol buffers, and read back by a naive reader.
module Initializers.Properties.OnnxFiles

open System
open System.IO
open System.Text
open Google.Protobuf

let private written (write: CodedOutputStream -> unit) : byte[] =
    use buffer = new MemoryStream()
    use output = new CodedOutputStream(buffer, true)
    write output
    output.Flush()
    buffer.ToArray()

/// A field of bytes: a message, a text, packed numbers.
let field (number: int) (content: byte[]) : byte[] =
    written (fun output ->
        output.WriteTag(number, WireFormat.WireType.LengthDelimited)
        output.WriteBytes(ByteString.CopyFrom content))

let message (number: int) (fields: byte[] list) = field number (Array.concat fields)

let text (number: int) (value: string) =
    field number (Encoding.UTF8.GetBytes value)

let number (number: int) (value: int64) : byte[] =
    written (fun output ->
        output.WriteTag(number, WireFormat.WireType.Varint)
        output.WriteInt64 value)

let pair (number: int) (key: string) (value: string) =
    message number [ text 1 key; text 2 value ]

/// A TensorProto as field 5 of a graph. Its name comes before its sizes, which are not packed.
let tensor (name: string) (dataType: int64) (dims: int64 list) (data: byte[] list) : byte[] =
    message
        5
        [ text 8 name
          yield! List.map (number 1) dims
          number 2 dataType
          yield! data
          text 12 "a comment" ]

let raw (bytes: byte[]) = field 9 bytes

let external (location: string) (offset: int64) (length: int64) =
    [ pair 13 "location" location
      pair 13 "offset" (string offset)
      pair 13 "length" (string length)
      number 14 1L ]

let node (operator: string) (inputs: string list) (outputs: string list) =
    message
        1
        [ yield! List.map (text 1) inputs
          yield! List.map (text 2) outputs
          text 4 operator ]

/// A ValueInfoProto of a matrix of float32.
let value (number': int) (name: string) (dims: int64 list) =
    let shape = message 2 [ for size in dims -> message 1 [ number 1 size ] ]
    message number' [ text 1 name; message 2 [ message 1 [ number 1 1L; shape ] ] ]

/// A model of these nodes and initializers, with a field that no release of ONNX has.
let model (graph: byte[] list) (rest: byte[] list) : byte[] =
    Array.concat
        [ number 1 10L
          text 2 "tests"
          message 7 [ yield! graph; text 2 "graph" ]
          message 8 [ text 1 ""; number 2 21L ]
          field 1000 [| 1uy; 2uy; 3uy |]
          yield! rest ]

/// The fields of a message: number and content. Those of fixed width do not occur here.
let rec fields (bytes: byte[]) : (int * byte[]) list =
    let rec varint at =
        if bytes[at] < 128uy then
            uint64 bytes[at], at + 1
        else
            let rest, next = varint (at + 1)
            (uint64 bytes[at] &&& 127UL) ||| (rest <<< 7), next

    let rec from at =
        if at = bytes.Length then
            []
        else
            let tag, start = varint at
            let value, next = varint start

            match tag &&& 7UL with
            | 0UL -> (int (tag >>> 3), BitConverter.GetBytes value) :: from next
            | 2UL ->
                (int (tag >>> 3), bytes[next .. next + int value - 1])
                :: from (next + int value)
            | kind -> failwith $"wire type {kind}"

    from 0

let graphOf (model: byte[]) : (int * byte[]) list =
    fields model |> List.find (fun (number, _) -> number = 7) |> snd |> fields

let private last number (fields: (int * byte[]) list) =
    fields |> List.tryFindBack (fun (n, _) -> n = number) |> Option.map snd

let textOf number fields =
    last number fields
    |> Option.map Encoding.UTF8.GetString
    |> Option.defaultValue ""

let pairs number (all: (int * byte[]) list) : (string * string) list =
    all
    |> List.filter (fun (n, _) -> n = number)
    |> List.map (fun (_, bytes) -> textOf 1 (fields bytes), textOf 2 (fields bytes))

/// The initializers with their fields, by name.
let initializers (model: byte[]) : Map<string, (int * byte[]) list> =
    graphOf model
    |> List.filter (fun (number, _) -> number = 5)
    |> List.map (fun (_, bytes) -> textOf 8 (fields bytes), fields bytes)
    |> Map.ofList

let rawOf (fields: (int * byte[]) list) : byte[] =
    last 9 fields |> Option.defaultValue [||]
