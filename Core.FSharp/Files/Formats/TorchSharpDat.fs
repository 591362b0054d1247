namespace Initializers.Files

open System
open System.IO
open Initializers
open Initializers.FSharp

/// The format of TorchSharp's Module.save and Module.load: the number of tensors, then for each its name, the number of its
/// type, its rank and sizes, and its elements (TorchSharp 0.107, src/TorchSharp/NN/Module.cs and
/// src/TorchSharp/Tensor/TensorExtensionMethods.cs). Counts are LEB128, names are those of BinaryWriter.
[<Sealed>]
type internal TorchSharpDat(stream: Stream, tensors: TensorEntry[]) =
    inherit TensorFrames(stream)

    /// TorchSharp's ScalarType.
    static let typeNumber (storage: Storage) : int option =
        match storage with
        | Storage.Integer IntegerType.U8 -> Some 0
        | Storage.Integer IntegerType.I8 -> Some 1
        | Storage.Integer IntegerType.I16 -> Some 2
        | Storage.Integer IntegerType.I32 -> Some 3
        | Storage.Integer IntegerType.I64 -> Some 4
        | Storage.Float DType.Float16 -> Some 5
        | Storage.Float DType.Float32 -> Some 6
        | Storage.Float DType.Float64 -> Some 7
        | Storage.Integer IntegerType.Bool -> Some 11
        | Storage.Float DType.BFloat16 -> Some 15
        | Storage.Integer(IntegerType.U16 | IntegerType.U32 | IntegerType.U64)
        | Storage.Float _
        | Storage.Float8 _ -> None

    let bytes (write: BinaryWriter -> unit) =
        use buffer = new MemoryStream()
        use writer = new BinaryWriter(buffer)
        write writer
        writer.Flush()
        stream.Write(ReadOnlySpan(buffer.ToArray()))

    /// The number of tensors is before the first.
    let count (writer: BinaryWriter) =
        writer.Write7BitEncodedInt tensors.Length

    override _.Begin index =
        let entry = tensors[index]

        bytes (fun writer ->
            if index = 0 then
                count writer

            writer.Write entry.Name
            writer.Write7BitEncodedInt(typeNumber entry.Storage |> Option.defaultValue -1)
            writer.Write7BitEncodedInt entry.Shape.Rank

            for size in entry.Shape.Dims do
                writer.Write7BitEncodedInt64 size)

    override _.Finish() =
        if tensors.Length = 0 then
            bytes count

    /// Whether TorchSharp has the type.
    static member Has(storage: Storage) : bool = (typeNumber storage).IsSome
