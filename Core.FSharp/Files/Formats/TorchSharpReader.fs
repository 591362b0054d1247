namespace Initializers.Files

open System
open System.IO
open System.Text.Unicode
open Initializers.FSharp

/// Reads the format of TorchSharp's Module.save, which TorchSharpDat writes.
[<RequireQualifiedAccess>]
module internal TorchSharpReader =
    let isName (path: string) =
        path.EndsWith(".dat", StringComparison.OrdinalIgnoreCase)

    /// The longest name that is read, in bytes.
    let private longest = 65536L

    let private syntax reason = Error [ InitError.HeaderSyntax reason ]

    /// TorchSharp's ScalarType.
    let private stored (number: int64) : Result<StoredType, InitError list> =
        match number with
        | 0L -> Ok StoredType.U8
        | 1L -> Ok StoredType.I8
        | 2L -> Ok StoredType.I16
        | 3L -> Ok StoredType.I32
        | 4L -> Ok StoredType.I64
        | 5L -> Ok StoredType.F16
        | 6L -> Ok StoredType.F32
        | 7L -> Ok StoredType.F64
        | 9L -> Ok StoredType.C64
        | 10L -> Ok StoredType.C128
        | 11L -> Ok StoredType.Bool
        | 15L -> Ok StoredType.BF16
        | other -> Error [ InitError.StoredTypeUnsupported(string other, "it is no type of numbers of TorchSharp.") ]

    /// A number in groups of seven bits, the lowest first, of 63 bits at most.
    let private number (part: string) (stream: Stream) : Result<int64, InitError list> =
        let rec next (shift: int) (sum: int64) =
            match stream.ReadByte() with
            | -1 -> Error [ InitError.FileTruncated(part, 1L, 0L) ]
            | _ when shift > 56 -> syntax $"{part} has more than 63 bits."
            | b ->
                let sum = sum ||| (int64 (b &&& 0x7F) <<< shift)
                if b &&& 0x80 = 0 then Ok sum else next (shift + 7) sum

        next 0 0L

    let private text (stream: Stream) : Result<string, InitError list> =
        number "the length of a name" stream
        |> Result.bind (fun length ->
            if length > longest then
                syntax $"a name of {length} bytes, and {longest} are read."
            else
                HeaderBytes.exactly "a name" stream (int length))
        |> Result.bind (fun bytes ->
            if Utf8.IsValid(ReadOnlySpan bytes) then
                Ok(Text.Encoding.UTF8.GetString bytes)
            else
                syntax "a name is not UTF-8.")

    let private dims (stream: Stream) : Result<Shape, InitError list> =
        number "the number of axes" stream
        |> Result.bind (fun rank ->
            match Shape.rankFaults (int (min rank (int64 Int32.MaxValue))) with
            | [] ->
                [ 1L .. rank ]
                |> Validation.traverse (fun _ -> number "the size of an axis" stream)
            | faults -> Error faults)
        |> Result.bind Shape.ofList

    /// The tensor at the stream's position, and the stream after its elements.
    let private tensor (stream: Stream) (start: int64) : Result<TensorHeader, InitError list> =
        text stream
        |> Result.bind (fun name ->
            number "the type" stream
            |> Result.bind stored
            |> Result.bind (fun dtype -> dims stream |> Result.map (fun shape -> dtype, shape))
            |> Result.bind (fun (dtype, shape) ->
                let have = stream.Length - stream.Position

                match StoredType.bytes shape.Length dtype with
                | None -> Error [ InitError.ShapeOverflow shape.Dims ]
                | Some bytes when bytes > have -> Error [ InitError.FileTruncated("the data", bytes, have) ]
                | Some bytes ->
                    let offset = stream.Position - start
                    stream.Position <- stream.Position + bytes

                    Ok
                        { Name = name
                          DType = dtype
                          Shape = shape
                          Offset = offset
                          Bytes = bytes })
            |> Result.mapError (List.map (fun fault -> InitError.InTensor(name, fault))))

    /// The tensors of a file, from the stream's position to its end.
    let header (stream: Stream) : Result<FileHeader, InitError list> =
        let start = stream.Position
        // Each number is read alone.
        let buffered = new BufferedStream(stream, 4096)

        let rec next count (tensors: TensorHeader list) =
            if count = 0L then
                Ok(List.rev tensors)
            else
                match tensor buffered start with
                | Ok tensor -> next (count - 1L) (tensor :: tensors)
                | Error faults -> Error faults

        number "the number of tensors" buffered
        |> Result.bind (fun count -> next count [])
        |> Result.bind (fun tensors ->
            let ended = buffered.Position

            let twice =
                tensors
                |> List.countBy _.Name
                |> List.filter (fun (_, count) -> count > 1)
                |> List.map (fst >> InitError.TensorDuplicate)

            let unclaimed =
                if ended < stream.Length then
                    [ InitError.BytesUnclaimed(ended - start, stream.Length - start) ]
                else
                    []

            stream.Position <- start

            Validation.ofFaults
                (twice @ unclaimed)
                { Format = "torchsharp"
                  Metadata = []
                  Tensors = tensors
                  DataStart = 0L
                  BigEndian = false })
