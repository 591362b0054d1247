namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Reads NumPy's .npz: a zip archive of .npy files, stored (numpy.savez) or deflated (numpy.savez_compressed).
[<RequireQualifiedAccess>]
module internal NpzReader =
    let private ending = ".npy"

    let private isArray (item: ZipItem) =
        item.Name.EndsWith(ending, StringComparison.Ordinal)

    /// Whether an archive is one of arrays.
    let isNpz (items: ZipItem list) = items |> List.exists isArray

    let private array (stream: Stream) (item: ZipItem) : Result<LocatedTensor, InitError list> =
        let name = item.Name.Substring(0, item.Name.Length - ending.Length)
        use content = ZipReader.opened stream item

        NpyReader.located name content
        |> Result.bind (fun (header, isColumnMajor) ->
            let tensor = header.Tensors.Head

            let place =
                { ZipReader.place item header.BigEndian header.DataStart with
                    Strides =
                        if isColumnMajor then
                            ElementPlaces.strides tensor.Shape.Dims (ElementPlaces.columnMajor tensor.Shape.Dims)
                        else
                            [] }

            let have = item.Bytes - header.DataStart

            let fault =
                if have < tensor.Bytes then
                    [ InitError.FileTruncated("the data", tensor.Bytes, have) ]
                elif have > tensor.Bytes then
                    [ InitError.BytesUnclaimed(tensor.Bytes, have) ]
                else
                    []

            Validation.ofFaults
                fault
                { Tensor = { tensor with Offset = item.Start }
                  Place = place })
        |> Result.mapError (List.map (fun fault -> InitError.InTensor(name, fault)))

    /// The arrays of an archive's entries. Entries that are no .npy files are passed over, as numpy.load does until they are
    /// asked for.
    let read (stream: Stream) (items: ZipItem list) : Result<TensorFile, InitError list> =
        items
        |> List.filter isArray
        |> Validation.traverse (array stream)
        |> Result.map (fun tensors ->
            { Format = "npz"
              Metadata = []
              Tensors = tensors })
