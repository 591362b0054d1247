namespace Initializers.Files

open System
open System.IO
open System.Text
open Initializers
open Initializers.FSharp

/// NumPy's .npz: a zip file with one stored .npy file a tensor (numpy.savez,
/// https://numpy.org/doc/stable/reference/generated/numpy.savez.html).
[<Sealed>]
type internal Npz(stream: Stream, tensors: TensorEntry[]) =
    inherit TensorFrames(stream)
    let zip = ZipWriter stream

    /// Under this name numpy.load finds a tensor by its name without the ending.
    static let fileOf (name: string) = name + ".npy"

    override _.Begin index =
        let entry = tensors[index]
        let header = Npy.header entry.Storage entry.Shape
        let bytes = entry.Shape.Length * int64 (Storage.size entry.Storage)
        zip.Begin(fileOf entry.Name, header.LongLength + bytes)
        zip.Write(ReadOnlySpan header)

    override _.Write(bytes: ReadOnlySpan<byte>) = zip.Write bytes
    override _.End _ = zip.End()
    override _.Finish() = zip.Finish()

    /// Why a tensor's name cannot be that of a file in an archive with the tensors of these names.
    static member Refusal (names: Set<string>) (name: string) : string option =
        let parts = name.Split('/')

        if Encoding.UTF8.GetByteCount(fileOf name) > int UInt16.MaxValue then
            Some "it is longer than 65531 bytes"
        elif Array.exists Char.IsControl (name.ToCharArray()) then
            Some "it has a control character"
        elif name.IndexOfAny [| '\\'; ':' |] >= 0 then
            Some "it has a \\ or a :, with which a path on another drive can be written"
        elif Array.exists (fun part -> List.contains part [ ""; "."; ".." ]) parts then
            Some "as a path it leaves its folder or has an empty part"
        elif names.Contains(fileOf name) then
            Some $"numpy.load cannot tell it from the tensor '{fileOf name}'"
        else
            None

    /// Whether NumPy has the type.
    static member Has(storage: Storage) : bool =
        match storage with
        | Storage.Integer _
        | Storage.Float(DType.Float32 | DType.Float16 | DType.Float64) -> true
        | Storage.Float _
        | Storage.Float8 _ -> false
