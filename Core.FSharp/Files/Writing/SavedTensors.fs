namespace Initializers.Files

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// A tensor on its way to a file, with the origin that its metadata are to name and what generates it from there.
type private SavedTensor =
    { Header: TensorHeader
      Tensor: Tensor
      Claim: (Origin * Piece) option }

/// Elements of a tensor in memory, compared with generated ones until the first that differs.
[<Sealed>]
type private ComparedElements(saved: SavedTensor, reader: TensorReader, scratch: Lazy<byte[]>) =
    let size = DType.size saved.Tensor.DType
    let mutable isGenerated = saved.Claim.IsSome

    let first =
        match saved.Claim with
        | Some(origin, _) -> origin.Offset
        | None -> 0L

    /// A tensor whose elements cannot be generated is saved without an origin.
    let compare (generate: Fill) offset count (address: nativeint) =
        use made = fixed scratch.Value

        match generate offset count (NativePtr.toNativeInt made) with
        | Ok() ->
            let bytes = int count * size
            isGenerated <- ReadOnlySpan(address.ToPointer(), bytes).SequenceEqual(ReadOnlySpan(scratch.Value, 0, bytes))
        | Error _ -> isGenerated <- false

    let start (generated: Piece option) (_: Device) =
        let generator =
            if isGenerated then
                generated
                |> Option.map (ElementStream.filler Device.Cpu)
                |> Option.bind Result.toOption
            else
                None

        if generator.IsNone then
            isGenerated <- false

        let copy: Fill =
            fun offset count address ->
                Backends.guard saved.Tensor.Device (fun () ->
                    reader.Copy((offset - first) * int64 size, count * int64 size, address))
                |> Result.map (fun () ->
                    match generator with
                    | Some(generate, _) when isGenerated -> compare generate offset count address
                    | _ -> ())

        copy, generator |> Option.bind snd

    /// Whether all elements that were written are those of the origin.
    member _.IsGenerated = isGenerated

    member _.Pieces: Piece seq =
        let given offset count generated : Piece =
            { Source = Source.Given(size, start generated)
              Offset = offset
              Count = count }

        match saved.Claim with
        | Some(_, piece) ->
            ElementStream.split piece
            |> Seq.map (fun part -> given part.Offset part.Count (Some part))
        | None -> Seq.singleton (given 0L saved.Header.Shape.Length None)

/// Tensors in memory, written with their origins. Metadata name an origin only where every element that was written is
/// the origin's: what is compared is what goes to the file, also while other threads change the tensors.
module internal SavedTensors =
    /// A header is at most this long; readers refuse longer ones.
    let private longest = 100_000_000

    /// The longest text of a spec in the metadata. Literals may be longer than their tensors.
    let private longestSpec = 1_000_000

    /// The origin with which a reader of the metadata would generate the tensor. It lacks the fans where they cannot be
    /// written, which a spec that reads them needs.
    let private claim (header: TensorHeader) (origin: Origin) : (Origin * Piece) option =
        let isRead (origin: Origin) =
            if (SpecText.toText origin.Spec).Length > longestSpec then
                None
            else
                let metadata =
                    Provenance.saved origin.Seed.Key [ header.Name, header.Shape, Some origin ]

                match Provenance.read metadata [ header ] with
                | Ok(_, [ Some(_, piece) ]) -> Some(origin, piece)
                | _ -> None

        match Plan.plain origin.Spec origin.Shape origin.Fan with
        | Ok spec ->
            [ origin.Fan; Fan.Unknown ]
            |> List.tryPick (fun fan -> isRead { origin with Spec = spec; Fan = fan })
        | Error _ -> None

    let private describe (name: string, tensor: Tensor) : SavedTensor =
        let header =
            { Name = name
              DType =
                match tensor.DType with
                | DType.Float64 -> StoredType.F64
                | DType.Float16 -> StoredType.F16
                | DType.BFloat16 -> StoredType.BF16
                | _ -> StoredType.F32
              Shape = tensor.Sizes
              Offset = 0L
              Bytes = tensor.Length * int64 (DType.size tensor.DType) }

        { Header = header
          Tensor = tensor
          Claim = claim header tensor.Origin }

    /// The header of a file, with the origins of the tensors that are generated.
    let private headerOf (common: uint64) (tensors: (SavedTensor * bool) list) : byte[] =
        let metadata =
            tensors
            |> List.map (fun (saved, isGenerated) ->
                let origin = if isGenerated then Option.map fst saved.Claim else None
                saved.Header.Name, saved.Header.Shape, origin)
            |> Provenance.saved common

        tensors
        |> List.map (fun (saved, _) -> saved.Header.Name, Storage.Float saved.Tensor.DType, saved.Header.Shape)
        |> Safetensors.header metadata

    /// A header with spaces up to the room that the file has for it, as the format allows.
    let private widened (room: int) (header: byte[]) : byte[] =
        let bytes = Array.create room (byte ' ')
        header.CopyTo(bytes, 0)
        BinaryPrimitives.WriteUInt64LittleEndian(Span bytes, uint64 (room - 8))
        bytes

    /// The key of most of the origins, which is the file's.
    let private commonKey (tensors: SavedTensor list) =
        match
            tensors
            |> List.choose (fun saved -> saved.Claim |> Option.map (fun (o, _) -> o.Seed.Key))
        with
        | [] -> 0UL
        | keys -> keys |> List.countBy id |> List.maxBy snd |> fst

    /// Work with readers of tensors, so that none of these is freed meanwhile.
    let private reading (tensors: SavedTensor list) (work: TensorReader list -> 'a) : 'a =
        let readers = List<TensorReader>()

        try
            for saved in tensors do
                readers.Add(saved.Tensor.Read())

            work (List.ofSeq readers)
        finally
            for reader in readers do
                (reader :> IDisposable).Dispose()

    let private bytesOf (named: (string * Tensor) list) =
        named
        |> List.sumBy (fun (_, tensor) -> tensor.Length * int64 (DType.size tensor.DType))

    let faults (path: string) (overwrite: bool) (named: (string * Tensor) list) : InitError list =
        let names = List.map fst named

        Validation.check
            (InitError.FormatUnknown(path, [ ".safetensors" ]))
            (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        @ Validation.check
            (InitError.NameReserved("__metadata__", ".safetensors"))
            (not (List.contains "__metadata__" names))
        @ Initialize.faultsOfNames names
        @ AtomicFile.check path overwrite (bytesOf named)

    /// Writes the tensors, wider dtypes first. The header goes to the file twice where a tensor is not its origin's:
    /// before the elements, with room for every origin, and after them, with those that hold.
    let private body (saved: SavedTensor list) (readers: TensorReader list) progress token (stream: Stream) =
        let total = saved |> List.sumBy _.Header.Bytes

        let scratch =
            lazy GC.AllocateUninitializedArray<byte>(int (min (int64 FileBuffer.Bytes) (max 1L total)), true)

        let compared =
            List.map2 (fun saved reader -> ComparedElements(saved, reader, scratch)) saved readers

        let common = commonKey saved
        let isClaimed (tensor: SavedTensor) = tensor.Claim.IsSome

        let header =
            saved |> List.map (fun tensor -> tensor, isClaimed tensor) |> headerOf common

        stream.Write(ReadOnlySpan header)

        ElementStream.write
            Device.Cpu
            stream
            (compared |> Seq.collect _.Pieces)
            (fun written -> progress written total)
            token
        |> Result.map (fun () ->
            let generated = compared |> List.map _.IsGenerated

            if generated <> List.map isClaimed saved then
                let final = List.zip saved generated |> headerOf common |> widened header.Length
                stream.Position <- 0L
                stream.Write(ReadOnlySpan final))

    let write (path: string) (overwrite: bool) (named: (string * Tensor) list) progress token =
        Cancellation.Request(
            token,
            fun () ->
                match faults path overwrite named with
                | [] ->
                    let saved =
                        named
                        |> List.sortBy (fun (_, tensor) -> -(DType.size tensor.DType))
                        |> List.map describe

                    // Literals may make a header that no reader takes.
                    let isTooLong =
                        (headerOf (commonKey saved) (saved |> List.map (fun t -> t, true))).Length > longest

                    let saved =
                        if isTooLong then
                            saved |> List.map (fun t -> { t with Claim = None })
                        else
                            saved

                    reading saved (fun readers -> AtomicFile.write path overwrite (body saved readers progress token))
                | faults -> Error faults
        )
