namespace Initializers.Files

open System
open System.IO
open Google.Protobuf
open Initializers
open Initializers.FSharp

/// Where the elements of an initializer are.
[<RequireQualifiedAccess>]
type internal OnnxData =
    /// Little-endian bytes of the file.
    | Raw of ByteRange
    /// Numbers in fields of their types, or none.
    | Numbers
    /// Bytes of another file, as many as the elements take where no length is given. What is not a number is -1.
    | External of location: string * offset: int64 * length: int64 option

/// A tensor of a graph: a TensorProto.
type internal OnnxInitializer =
    {
        Name: string
        DataType: int
        Dims: int64 list
        Data: OnnxData
        /// All fields but those that hold elements or say where they are.
        Others: ByteRange list
    }

/// A part of a model's file, in its order.
[<RequireQualifiedAccess>]
type internal OnnxPart =
    | Bytes of ByteRange
    | Graph of OnnxPart list
    | Node of operator: string * whole: ByteRange
    | Initializer of OnnxInitializer * whole: ByteRange
    | Metadata of key: string * value: string * whole: ByteRange

/// A field of a TensorProto.
[<RequireQualifiedAccess>]
type private TensorField =
    | Dims of int64 list
    | DataType of int
    | Name of string
    | Raw of ByteRange
    | Numbers
    | Entry of (string * string)
    | Location of int
    | Other of ByteRange

/// ONNX models (https://github.com/onnx/onnx, onnx/onnx.proto3, release 1.20): a ModelProto with the graph as field 7 and
/// metadata_props as field 14, whose initializers are field 5 of the graph. Elements are passed over, never read.
[<RequireQualifiedAccess>]
module internal OnnxReader =
    /// The wire type of fields of bytes, texts and messages.
    [<Literal>]
    let private Bytes = 2u

    let isName (path: string) =
        path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)

    let private pair (wire: Wire) last : string * string =
        let texts =
            wire.Message(
                last,
                fun _ number kind ->
                    match number, kind with
                    | (1 | 2), Bytes -> number, wire.Input.ReadString()
                    | _ ->
                        wire.Input.SkipLastField()
                        0, ""
            )

        let text number =
            texts
            |> List.tryFindBack (fun (n, _) -> n = number)
            |> Option.map snd
            |> Option.defaultValue ""

        text 1, text 2

    let private tensorField (wire: Wire) last start number kind : TensorField =
        let input = wire.Input

        match number, kind with
        | 1, 0u -> TensorField.Dims [ input.ReadInt64() ]
        | 1, Bytes ->
            let content = wire.Content last

            TensorField.Dims
                [ while wire.Position < content.Last do
                      wire.Input.ReadInt64() ]
        | 2, 0u -> TensorField.DataType(input.ReadInt32())
        | 8, Bytes -> TensorField.Name(input.ReadString())
        | 9, Bytes ->
            let content = wire.Content last
            wire.Seek content.Last
            TensorField.Raw content
        | 13, Bytes -> TensorField.Entry(pair wire last)
        | 14, 0u -> TensorField.Location(input.ReadInt32())
        | (4 | 5 | 6 | 7 | 10 | 11), _ ->
            input.SkipLastField()
            TensorField.Numbers
        | _ ->
            input.SkipLastField()
            TensorField.Other(wire.Whole start)

    let private initializer (wire: Wire) last : OnnxInitializer =
        let content = wire.Content last

        let fields =
            wire.Fields(
                content.Last,
                fun start number kind ->
                    let field = tensorField wire content.Last start number kind
                    field, wire.Whole start
            )

        let pick chooser =
            fields |> List.rev |> List.tryPick (fst >> chooser)

        let entries =
            fields
            |> List.choose (function
                | TensorField.Entry pair, _ -> Some pair
                | _ -> None)
            |> Map.ofList

        let number name =
            Map.tryFind name entries
            |> Option.map (NumberText.index >> Option.defaultValue -1L)

        let isExternal =
            pick (function
                | TensorField.Location place -> Some place
                | _ -> None)
                =
                Some 1

        let raw =
            pick (function
                | TensorField.Raw range -> Some range
                | _ -> None)

        { Name =
            pick (function
                | TensorField.Name name -> Some name
                | _ -> None)
            |> Option.defaultValue ""
          DataType =
            pick (function
                | TensorField.DataType number -> Some number
                | _ -> None)
            |> Option.defaultValue 0
          Dims =
            fields
            |> List.collect (function
                | TensorField.Dims sizes, _ -> sizes
                | _ -> [])
          Data =
            match raw with
            | _ when isExternal ->
                OnnxData.External(
                    Map.tryFind "location" entries |> Option.defaultValue "",
                    number "offset" |> Option.defaultValue 0L,
                    number "length"
                )
            | Some range -> OnnxData.Raw range
            | None -> OnnxData.Numbers
          Others =
            fields
            |> List.choose (fun (field, range) ->
                match field with
                | TensorField.Dims _
                | TensorField.DataType _
                | TensorField.Name _
                | TensorField.Other _ -> Some range
                | _ -> None) }

    let private node (wire: Wire) last : string =
        wire.Message(
            last,
            fun _ number kind ->
                if number = 4 && kind = Bytes then
                    wire.Input.ReadString()
                else
                    wire.Input.SkipLastField()
                    ""
        )
        |> String.concat ""

    let private graphPart (wire: Wire) last start number kind : OnnxPart =
        match number, kind with
        | 1, Bytes ->
            let operator = node wire last
            OnnxPart.Node(operator, wire.Whole start)
        | 5, Bytes ->
            let tensor = initializer wire last
            OnnxPart.Initializer(tensor, wire.Whole start)
        | _ ->
            wire.Input.SkipLastField()
            OnnxPart.Bytes(wire.Whole start)

    let private modelPart (wire: Wire) last start number kind : OnnxPart =
        match number, kind with
        | 7, Bytes ->
            let content = wire.Content last
            OnnxPart.Graph(wire.Fields(content.Last, graphPart wire content.Last))
        | 14, Bytes ->
            let key, value = pair wire last
            OnnxPart.Metadata(key, value, wire.Whole start)
        | _ ->
            wire.Input.SkipLastField()
            OnnxPart.Bytes(wire.Whole start)

    /// All parts, those of the graph after it.
    let rec private flat (parts: OnnxPart list) : OnnxPart list =
        parts
        |> List.collect (function
            | OnnxPart.Graph inner -> flat inner
            | other -> [ other ])

    let initializers (parts: OnnxPart list) : OnnxInitializer list =
        flat parts
        |> List.choose (function
            | OnnxPart.Initializer(tensor, _) -> Some tensor
            | _ -> None)

    let metadata (parts: OnnxPart list) : (string * string) list =
        parts
        |> List.choose (function
            | OnnxPart.Metadata(key, value, _) -> Some(key, value)
            | _ -> None)

    /// TensorProto.DataType.
    let floatType (number: int) : DType option =
        match number with
        | 1 -> Some DType.Float32
        | 10 -> Some DType.Float16
        | 11 -> Some DType.Float64
        | 16 -> Some DType.BFloat16
        | _ -> None

    /// Bytes of an element of types that other files may have. Texts are never external data.
    let elementSize (number: int) : int64 option =
        match number with
        | 2
        | 3
        | 9 -> Some 1L
        | 4
        | 5
        | 10
        | 16 -> Some 2L
        | 1
        | 6
        | 12 -> Some 4L
        | 7
        | 11
        | 13
        | 14 -> Some 8L
        | 15 -> Some 16L
        | _ -> None

    /// Operators of quantized models, and types of fewer than 9 bits that only these have.
    let private quantized (parts: OnnxPart list) : string option =
        let isOperator (name: string) =
            name.Contains("quantize", StringComparison.OrdinalIgnoreCase)
            || name.Contains("MatMulInteger", StringComparison.Ordinal)
            || name.StartsWith("QLinear", StringComparison.Ordinal)
            || List.contains name [ "ConvInteger"; "QGemm"; "QAttention"; "MatMulNBits"; "MatMulBnb4" ]

        flat parts
        |> List.tryPick (function
            | OnnxPart.Node(operator, _) when isOperator operator -> Some $"the operator {operator}"
            | OnnxPart.Initializer(tensor, _) when tensor.DataType >= 17 ->
                Some $"the initializer '{Names.excerpt tensor.Name}' of data type {tensor.DataType}"
            | _ -> None)

    let private fault kind = Error [ InitError.Architecture kind ]

    /// The parts of a model, from the stream's position on.
    let parts (source: string) (stream: Stream) : Result<OnnxPart list, InitError list> =
        if not stream.CanSeek then
            Error [ InitError.FileUnreadable(source, "it is a pipe; save its bytes as a file.") ]
        else
            try
                let wire = Wire stream
                let last = stream.Length
                let parts = wire.Fields(last, modelPart wire last)

                match wire.Fault with
                | Some reason -> fault (ArchitectureFault.OnnxMalformed(source, reason))
                | None -> Ok parts
            with :? InvalidProtocolBufferException as e ->
                fault (ArchitectureFault.OnnxMalformed(source, e.Message))

    let private entry (dtype: DType) (tensor: OnnxInitializer) : Result<TensorEntry, InitError list> =
        Shape.ofList tensor.Dims
        |> Result.map (fun shape ->
            { Name = tensor.Name
              Shape = shape
              Storage = Storage.Float dtype })
        |> Result.mapError (List.map (fun fault -> InitError.InTensor(tensor.Name, fault)))

    /// The initializers of float types, which are the parameters and constants of a graph.
    let entries (source: string) (parts: OnnxPart list) : Result<TensorEntry list, InitError list> =
        let floats =
            initializers parts
            |> List.choose (fun tensor -> floatType tensor.DataType |> Option.map (fun dtype -> dtype, tensor))

        let twice =
            initializers parts
            |> List.countBy _.Name
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map (fst >> InitError.TensorDuplicate)

        match quantized parts with
        | Some what -> fault (ArchitectureFault.OnnxQuantized(source, what))
        | None when floats.IsEmpty -> fault (ArchitectureFault.OnnxWithoutInitializers source)
        | None ->
            validation {
                let! entries =
                    floats |> Validation.traverse (fun (dtype, tensor) -> entry dtype tensor)

                and! () = twice
                return entries
            }

    let private storedType (dtype: DType) : StoredType =
        match dtype with
        | DType.Float64 -> StoredType.F64
        | DType.Float16 -> StoredType.F16
        | DType.BFloat16 -> StoredType.BF16
        | _ -> StoredType.F32

    /// The float initializers as those of a file of tensors. Their elements are raw data of the file.
    let header (source: string) (stream: Stream) : Result<FileHeader, InitError list> =
        let start = stream.Position

        let tensor (initializer: OnnxInitializer, entry: TensorEntry) =
            let stored =
                floatType initializer.DataType
                |> Option.defaultValue DType.Float32
                |> storedType

            let inPlace first bytes =
                if StoredType.bytes entry.Shape.Length stored = Some bytes then
                    Ok
                        { Name = entry.Name
                          DType = stored
                          Shape = entry.Shape
                          Offset = first - start
                          Bytes = bytes }
                else
                    let mismatch =
                        InitError.BytesMismatch(StoredType.toText stored, entry.Shape.Dims, bytes)

                    Error [ InitError.InTensor(entry.Name, mismatch) ]

            match initializer.Data with
            | OnnxData.Raw range -> inPlace range.Start range.Length
            | OnnxData.Numbers when entry.Shape.Length = 0L -> inPlace start 0L
            | OnnxData.Numbers
            | OnnxData.External _ -> fault (ArchitectureFault.OnnxDataElsewhere(source, entry.Name))

        parts source stream
        |> Result.bind (fun parts ->
            entries source parts
            |> Result.bind (fun entries ->
                let byName = Map.ofList [ for tensor in initializers parts -> tensor.Name, tensor ]

                entries |> Validation.traverse (fun entry -> tensor (byName[entry.Name], entry)))
            |> Result.map (fun tensors ->
                stream.Position <- start

                { Format = "onnx"
                  Metadata = metadata parts
                  Tensors = tensors
                  DataStart = 0L
                  BigEndian = false }))
