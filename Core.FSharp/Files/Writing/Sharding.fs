namespace Initializers.Files

open System
open System.Globalization
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open Initializers.FSharp

/// A model in files up to a number of bytes, named and listed as Hugging Face names and lists them.
module internal Sharding =
    let private units =
        [ "KB", 1e3; "MB", 1e6; "GB", 1e9; "TB", 1e12 ]
        @ [ for name, power in [ "KiB", 10; "MiB", 20; "GiB", 30; "TiB", 40 ] -> name, Math.ScaleB(1.0, power) ]
        @ [ "B", 1.0; "", 1.0 ]

    /// A number of bytes with its unit: 500MB, 5GB, 2GiB, 1048576.
    let bytes (text: string) : Result<int64, InitError list> =
        let plain = text.Trim()

        let unit, scale =
            units
            |> List.find (fun (name, _) -> plain.EndsWith(name, StringComparison.OrdinalIgnoreCase))

        match NumberText.real (plain.Substring(0, plain.Length - unit.Length).TrimEnd()) with
        | Some number when number * scale >= 1.0 && number * scale < Math.ScaleB(1.0, 63) -> Ok(int64 (number * scale))
        | _ ->
            Error
                [ InitError.ArgumentInvalid(
                      "max_shard_size",
                      text,
                      "a number of bytes with its unit, such as 500MB, 5GB or 2GiB"
                  ) ]

    /// Runs of items that have at most `most` bytes together. A larger item is a run of one.
    let split (most: int64) (sizeOf: 'a -> int64) (items: 'a list) : 'a list list =
        let close run runs =
            if List.isEmpty run then runs else List.rev run :: runs

        let runs, last, _ =
            (([], [], 0L), items)
            ||> List.fold (fun (runs, run, used) item ->
                let size = sizeOf item

                if List.isEmpty run || size <= most - used then
                    runs, item :: run, used + size
                else
                    close run runs, [ item ], size)

        close last runs |> List.rev

    let indexName = "model.safetensors.index.json"

    /// The name of a shard, counted from 1; of one alone that of a model in one file.
    let name (number: int) (count: int) =
        if count = 1 then
            "model.safetensors"
        else
            let digits (n: int) =
                n.ToString("D5", CultureInfo.InvariantCulture)

            $"model-{digits number}-of-{digits count}.safetensors"

    let private incomplete = ".incomplete"

    /// The name of a file while ranks write parts of it.
    let incompleteName (file: string) = file + incomplete

    /// The name of the list of parts that a rank has written.
    let partsName (rank: Rank) =
        let digits (n: int) =
            n.ToString("D5", CultureInfo.InvariantCulture)

        $"model-rank-{digits rank.Index}-of-{digits rank.World}.parts"

    let private isParts (file: string) =
        file.StartsWith("model-rank-", StringComparison.Ordinal)
        && file.EndsWith(".parts", StringComparison.Ordinal)

    let private isShard (file: string) =
        file = name 1 1
        || (match Shards.series file with
            | Some series -> series.Index = indexName
            | None -> false)

    let private isOfModel (file: string) =
        file = indexName
        || isShard file
        || isParts file
        || (file.EndsWith(incomplete, StringComparison.Ordinal)
            && isShard (file.Substring(0, file.Length - incomplete.Length)))

    let private namesIn (folder: string) (isWanted: string -> bool) : string list =
        if Directory.Exists folder then
            Directory.EnumerateFiles(folder, "model*")
            |> Seq.map (fun path -> string (Path.GetFileName path))
            |> Seq.filter isWanted
            |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
            |> List.ofSeq
        else
            []

    /// The names of a folder's files that a model in it has, whatever the number of its shards, whole or in the making.
    let present (folder: string) : string list = namesIn folder isOfModel

    /// The names of the lists of parts in a folder.
    let partsIn (folder: string) : string list = namesIn folder isParts

    /// Whether files of a folder are those of a whole model.
    let isWhole (files: string list) =
        List.contains indexName files || List.contains (name 1 1) files

    /// The index of shards: which file has which tensor, names in order.
    let index (metadata: (string * string) list) (bytes: int64) (values: int64) (files: (string * string list) list) =
        use buffer = new MemoryStream()

        let options =
            JsonWriterOptions(Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        do
            use json = new Utf8JsonWriter(buffer, options)
            json.WriteStartObject()
            json.WriteStartObject "metadata"

            for key, value in metadata do
                json.WriteString(key, value)

            json.WriteNumber("total_parameters", values)
            json.WriteNumber("total_size", bytes)
            json.WriteEndObject()
            json.WriteStartObject "weight_map"

            let map =
                [ for file, tensors in files do
                      for tensor in tensors -> tensor, file ]

            for tensor, file in map |> List.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b)) do
                json.WriteString(tensor, file)

            json.WriteEndObject()
            json.WriteEndObject()

        buffer.WriteByte(byte '\n')
        buffer.ToArray()
