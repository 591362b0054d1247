namespace Initializers.Files

open System
open System.IO
open System.Threading
open Initializers.FSharp

/// Elements of a tensor in order: little-endian bytes, and their values, which may be changed.
type internal ElementVisitor = delegate of bytes: ReadOnlySpan<byte> * values: Span<float> -> unit

/// A tensor with the file that holds it.
type internal StoredTensor =
    { File: string
      Tensor: TensorHeader
      Place: ElementPlace }

/// Reads the tensors of a model's files.
[<RequireQualifiedAccess>]
module internal TensorPass =
    /// Bytes that are decoded at a time: whole pages, and elements that stay in a core's cache.
    let private blockBytes = 16384

    let private tensorsOf (path: string) : Result<string * StoredTensor list, InitError list> =
        InputFile.opened path (fun stream ->
            Inspection.reading path stream CancellationToken.None (fun () ->
                TensorFormats.read path stream
                |> Result.mapError (List.map (fun fault -> InitError.InFile(path, fault)))
                |> Result.map (fun file ->
                    file.Format,
                    ElementPlaces.sorted file
                    |> List.map (fun located ->
                        { File = path
                          Tensor = located.Tensor
                          Place = located.Place }))))

    /// The format and the tensors of a file, or of all files of a model.
    let tensors (path: string) : Result<string * StoredTensor list, InitError list> =
        Inspection.validate path
        |> Result.bind ModelFiles.find
        |> Result.bind (Validation.traverse tensorsOf)
        |> Result.map (fun files -> fst files.Head, List.collect snd files)
        |> FaultReport.result

    /// Tensors as recipes know them; those of types that a model's file cannot have are left out.
    let entries (tensors: StoredTensor list) : TensorEntry list =
        tensors
        |> List.choose (fun tensor ->
            Storage.parse (StoredType.toText tensor.Tensor.DType)
            |> Result.toOption
            |> Option.map (fun storage ->
                { Name = tensor.Tensor.Name
                  Shape = tensor.Tensor.Shape
                  Storage = storage }))

    /// Whether elements have values on a line.
    let isRead (tensor: StoredTensor) =
        ElementDecoding.isRead tensor.Tensor.DType

    let private decode (tensor: StoredTensor) (bytes: byte[]) (n: int) (values: float[]) =
        if tensor.Place.BigEndian then
            ElementDecoding.reverse tensor.Tensor.DType (Span(bytes, 0, n))

        let count = n / (StoredType.bits tensor.Tensor.DType / 8)
        ElementDecoding.toFloats tensor.Tensor.DType (ReadOnlySpan(bytes, 0, n)) (Span(values, 0, count))
        count

    /// Files of tensors, each opened once.
    [<Sealed>]
    type Files() =
        let streams = System.Collections.Generic.Dictionary<string, FileStream>()

        /// The elements of a tensor in row-major order, until those of another tensor of its file are asked for.
        member _.At(tensor: StoredTensor) : Stream =
            let stream =
                match streams.TryGetValue tensor.File with
                | true, stream -> stream
                | _ ->
                    let stream =
                        new FileStream(tensor.File, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 20)

                    streams[tensor.File] <- stream
                    stream

            ElementPlaces.opened stream tensor.Tensor tensor.Place

        interface IDisposable with
            member _.Dispose() =
                for stream in streams.Values do
                    stream.Dispose()

    let private bytesBuffer () : byte[] = Array.zeroCreate blockBytes
    let private valueBuffer () : float[] = Array.zeroCreate blockBytes

    /// Reads a tensor's elements, of a type that has values on a line.
    let visit (files: Files) (token: CancellationToken) (tensor: StoredTensor) (visitor: ElementVisitor) =
        let bytes, values = bytesBuffer (), valueBuffer ()
        let stream = files.At tensor
        let mutable left = tensor.Tensor.Bytes

        while left > 0L do
            token.ThrowIfCancellationRequested()
            let n = int (min (int64 blockBytes) left)
            stream.ReadExactly(bytes, 0, n)
            let count = decode tensor bytes n values
            visitor.Invoke(ReadOnlySpan(bytes, 0, n), Span(values, 0, count))
            left <- left - int64 n

    /// The first elements of a tensor, of a type that has values on a line.
    let first (files: Files) (token: CancellationToken) (most: int) (tensor: StoredTensor) : float[] =
        let width = int64 (StoredType.bits tensor.Tensor.DType / 8)
        let count = min tensor.Tensor.Shape.Length (int64 most)
        let first: float[] = Array.zeroCreate (int count)
        let mutable at = 0

        let start =
            { tensor with
                Tensor =
                    { tensor.Tensor with
                        Bytes = count * width } }

        visit
            files
            token
            start
            (ElementVisitor(fun _ values ->
                values.CopyTo(Span(first, at, values.Length))
                at <- at + values.Length))

        first

    /// Sums of two tensors with the same number of elements, one of each of two files: of both, of their squares and product,
    /// and of the squared difference.
    let sums (filesA: Files, a: StoredTensor) (filesB: Files, b: StoredTensor) (token: CancellationToken) : float[] =
        let bytesA, valuesA, bytesB, valuesB =
            bytesBuffer (), valueBuffer (), bytesBuffer (), valueBuffer ()

        let totals = Array.zeroCreate<float> 6

        let width (t: StoredTensor) =
            int64 (StoredType.bits t.Tensor.DType / 8)

        let step = int64 blockBytes / max (width a) (width b)
        let streamA, streamB = filesA.At a, filesB.At b
        let mutable first = 0L
        let length = a.Tensor.Shape.Length

        while first < length do
            token.ThrowIfCancellationRequested()
            let n = min step (length - first)

            let part (t: StoredTensor) (stream: Stream) (bytes: byte[]) values =
                stream.ReadExactly(bytes, 0, int (n * width t))
                decode t bytes (int (n * width t)) values |> ignore

            part a streamA bytesA valuesA
            part b streamB bytesB valuesB

            for i in 0 .. int n - 1 do
                let x, y = valuesA[i], valuesB[i]
                totals[0] <- totals[0] + x
                totals[1] <- totals[1] + y
                totals[2] <- totals[2] + x * x
                totals[3] <- totals[3] + y * y
                totals[4] <- totals[4] + x * y
                totals[5] <- totals[5] + (y - x) * (y - x)

            first <- first + n

        totals
