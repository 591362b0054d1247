namespace Initializers.Files

open System
open System.Globalization
open System.IO
open System.Text.Json
open Initializers.FSharp

/// The files of a model that is kept in several, named as Hugging Face names them: model-00001-of-00002.safetensors, with
/// model.safetensors.index.json, which says which file holds which tensor.
module internal Shards =
    /// What the name of one shard says of all.
    type Series =
        {
            /// The number of the shard that was named.
            Number: int
            /// The number of all shards.
            Count: int
            /// The path of a shard by its number, from 1 on.
            Path: int -> string
            /// The path of the index.
            Index: string
        }

        /// The paths of all shards, in order.
        member series.Paths = Seq.init series.Count ((+) 1) |> Seq.map series.Path

        /// The paths of the model's other shards, in order.
        member series.Others =
            Seq.init series.Count ((+) 1)
            |> Seq.filter ((<>) series.Number)
            |> Seq.map series.Path

    let private suffix = ".safetensors"

    /// The number at the end of a text after a separator, its digits, and what is before.
    let private trailing (separator: string) (text: string) =
        match text.LastIndexOf(separator, StringComparison.Ordinal) with
        | -1 -> None
        | at ->
            let digits = text.Substring(at + separator.Length)

            match NumberText.index digits with
            | Some number when number <= int64 Int32.MaxValue -> Some(text.Substring(0, at), int number, digits.Length)
            | _ -> None

    /// The model's files, where the name is that of one shard of several.
    let series (path: string) : Series option =
        if not (path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) then
            None
        else
            trailing "-of-" (path.Substring(0, path.Length - suffix.Length))
            |> Option.bind (fun (before, count, digits) ->
                trailing "-" before
                |> Option.bind (fun (model, number, width) ->
                    if number < 1 || number > count || count < 2 then
                        None
                    else
                        let ending = path.Substring(path.Length - suffix.Length)

                        let name (i: int) =
                            let shard = i.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0')
                            let all = count.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')
                            $"{model}-{shard}-of-{all}{ending}"

                        Some
                            { Number = number
                              Count = count
                              Path = name
                              Index = $"{model}{ending}.index.json" }))

    let private fileName (path: string) = string (Path.GetFileName path)

    /// A path that a file names, relative to its folder.
    let relativeTo (path: string) (name: string) =
        match Path.GetDirectoryName path with
        | NonNull folder -> Path.Combine(folder, name)
        | _ -> name

    /// The tensors of a header, in the order of their data.
    let entries (header: FileHeader) : Result<TensorEntry list, InitError list> =
        let entry (tensor: TensorHeader) =
            Storage.parse (StoredType.toText tensor.DType)
            |> Result.map (fun storage ->
                { Name = tensor.Name
                  Shape = tensor.Shape
                  Storage = storage })
            |> Result.mapError (List.map (fun fault -> InitError.InTensor(tensor.Name, fault)))

        header.Tensors
        |> List.sortBy (fun t -> struct (t.Offset, t.Bytes))
        |> Validation.traverse entry

    /// The header of a shard, which may have been cut after it.
    let private header (path: string) : Result<FileHeader, InitError list> =
        InputFile.opened path (fun stream ->
            (if path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) || not stream.CanSeek then
                 SafetensorsReader.beginning stream
             else
                 // PyTorch's shards, pytorch_model-00001-of-00002.bin.
                 TensorFormats.header path stream)
            |> Result.mapError (List.map (fun fault -> InitError.InFile(path, fault))))

    let private tensors (path: string) : Result<TensorEntry list, InitError list> = header path |> Result.bind entries

    /// The longest index that is read, in bytes.
    let private longest = 100_000_000

    let private document (path: string) (read: JsonElement -> Result<'a, InitError list>) : Result<'a, InitError list> =
        InputFile.opened path (fun stream ->
            let bytes = HeaderBytes.read stream (longest + 1)

            if bytes.Length > longest then
                Error [ InitError.FileUnreadable(path, $"it is longer than {longest} bytes.") ]
            else
                Json.parse path (ReadOnlyMemory bytes) read)

    /// Each tensor of an index with the name of its shard.
    let private indexed (path: string) : Result<(string * string) list, InitError list> =
        document path (ShardIndex.tensors path)

    /// An index, whose shards are files of its folder.
    let index (path: string) : Result<ShardIndex, InitError list> = document path (ShardIndex.read path)

    /// The names of the shards that an index names, none where it cannot be read.
    let namedBy (index: string) : string list =
        match indexed index with
        | Ok tensors -> tensors |> List.map snd |> List.distinct
        | Error _ -> []

    /// The names of the tensors in a shard's siblings, from the index or from their headers.
    let names (path: string) (series: Series) : Result<string list, InitError list> =
        match indexed series.Index, series.Others |> Seq.tryFind (File.Exists >> not) with
        | Ok tensors, _ -> Ok(List.map fst tensors)
        | Error _, None ->
            series.Others
            |> List.ofSeq
            |> Validation.traverse tensors
            |> Result.map (List.concat >> List.map _.Name)
        | Error [ InitError.FileMissing _ ], Some absent ->
            Error [ InitError.ShardAlone(path, fileName absent, fileName series.Index) ]
        | Error faults, Some _ -> Error faults

    let private ifPresent (read: string -> Result<'a, InitError list>) (path: string) =
        if File.Exists path then Some(read path) else None

    /// The tensors of the headers that an index's shards have.
    let headersOf (path: string) (index: ShardIndex) : Result<TensorHeader list, InitError list> =
        ShardIndex.names index
        |> List.map (fun shard ->
            shard,
            relativeTo path shard
            |> ifPresent (header >> Result.map (fun header -> header.Tensors)))
        |> ShardIndex.together (fun (tensor: TensorHeader) -> tensor.Name) index
        |> FaultReport.result

    /// A model's tensors from the shards that an index names, which are in its folder.
    let ofIndex (read: string -> unit) (path: string) (index: ShardIndex) : Result<TensorEntry list, InitError list> =
        ShardIndex.names index
        |> List.map (fun shard ->
            let heard path =
                read path
                tensors path

            shard, relativeTo path shard |> ifPresent heard)
        |> ShardIndex.together (fun (tensor: TensorEntry) -> tensor.Name) index
        |> FaultReport.result

    /// The paths of a folder's shards, all of which are there.
    let private pathsOf (folder: string) (series: Series) : Result<string list, InitError list> =
        let absent = series.Paths |> Seq.filter (File.Exists >> not)

        // The count in a name may be any number.
        if not (Seq.isEmpty absent) then
            let names = absent |> Seq.truncate 100 |> Seq.map fileName |> List.ofSeq
            Error [ InitError.Architecture(ArchitectureFault.ShardsMissing(folder, names)) ]
        else
            Ok(List.ofSeq series.Paths)

    let private unique (nameOf: 'tensor -> string) (all: 'tensor list) : Result<'tensor list, InitError list> =
        let twice =
            all
            |> List.countBy nameOf
            |> List.filter (fun (_, count) -> count > 1)
            |> List.map (fst >> InitError.TensorDuplicate)

        Validation.ofFaults twice all

    /// A model's tensors from all of its shards, without an index.
    let ofSeries (read: string -> unit) (folder: string) (series: Series) : Result<TensorEntry list, InitError list> =
        pathsOf folder series
        |> Result.bind (fun paths ->
            paths
            |> Validation.traverse (fun path ->
                read path
                tensors path)
            |> Result.map List.concat
            |> Result.bind (unique _.Name))
        |> FaultReport.result

    /// The paths of all shards of a series, in whose headers no tensor occurs twice.
    let filesOf (folder: string) (series: Series) : Result<string list, InitError list> =
        pathsOf folder series
        |> Result.bind (fun paths ->
            paths
            |> Validation.traverse header
            |> Result.map (List.collect (fun header -> header.Tensors))
            |> Result.bind (unique (fun (tensor: TensorHeader) -> tensor.Name))
            |> Result.map (fun _ -> paths))
        |> FaultReport.result
