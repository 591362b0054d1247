namespace Initializers.Files

open System
open System.Buffers
open System.Buffers.Binary
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open Initializers
open Initializers.FSharp

/// The header of a safetensors file: eight bytes of length, then JSON with each tensor's dtype, shape and place
/// (https://github.com/huggingface/safetensors, "Format").
module internal Safetensors =
    /// Bytes of the header for tensors that follow each other without holes, each with its name, dtype, shape and number of
    /// bytes. Padded with spaces, as the format allows, so that the data starts at a multiple of eight.
    let headerOf (metadata: (string * string) list) (tensors: (string * string * Shape * int64) seq) : byte[] =
        let buffer = ArrayBufferWriter<byte>()

        let options =
            JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        use json = new Utf8JsonWriter(buffer, options)
        json.WriteStartObject()
        json.WriteStartObject "__metadata__"

        for key, value in metadata do
            json.WriteString(key, value)

        json.WriteEndObject()
        let mutable offset = 0L

        for name, dtype, shape, bytes in tensors do
            json.WriteStartObject name
            json.WriteString("dtype", dtype)
            json.WriteStartArray "shape"

            for size in shape.Dims do
                json.WriteNumberValue size

            json.WriteEndArray()
            json.WriteStartArray "data_offsets"
            json.WriteNumberValue offset
            offset <- offset + bytes
            json.WriteNumberValue offset
            json.WriteEndArray()
            json.WriteEndObject()

        json.WriteEndObject()
        json.Flush()
        let length = (buffer.WrittenCount + 7) / 8 * 8
        let bytes = Array.create (8 + length) (byte ' ')
        BinaryPrimitives.WriteUInt64LittleEndian(Span bytes, uint64 length)
        buffer.WrittenSpan.CopyTo(Span(bytes, 8, length))
        bytes

    /// The header of tensors that this library makes.
    let header (metadata: (string * string) list) (tensors: (string * Storage * Shape) seq) : byte[] =
        tensors
        |> Seq.map (fun (name, storage, shape) ->
            name, Storage.toText storage, shape, shape.Length * int64 (Storage.size storage))
        |> headerOf metadata

/// The header of a NumPy array file, version 1.0 (NEP 1).
module internal Npy =
    let header (storage: Storage) (shape: Shape) : byte[] =
        let kind =
            match storage with
            | Storage.Float _
            | Storage.Float8 _ -> "f"
            | Storage.Integer IntegerType.Bool -> "b"
            | Storage.Integer(IntegerType.I8 | IntegerType.I16 | IntegerType.I32 | IntegerType.I64) -> "i"
            | Storage.Integer _ -> "u"

        let size = Storage.size storage
        // A byte has no order.
        let order = if size = 1 then "|" else "<"
        let descr = $"{order}{kind}{size}"

        let sizes = String.Join(", ", shape.Dims)
        // A Python tuple of one has a comma at its end.
        let tuple = if shape.Rank = 1 then $"({sizes},)" else $"({sizes})"
        let text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}"
        let padded = (10 + text.Length + 1 + 63) / 64 * 64 - 10
        let bytes = Array.create (10 + padded) (byte ' ')
        [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y'; 1uy; 0uy |].CopyTo(bytes, 0)
        BinaryPrimitives.WriteUInt16LittleEndian(Span(bytes, 8, 2), uint16 padded)
        Encoding.ASCII.GetBytes(text, Span(bytes, 10, text.Length)) |> ignore
        bytes[bytes.Length - 1] <- byte '\n'
        bytes
