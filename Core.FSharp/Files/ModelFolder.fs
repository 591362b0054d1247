namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// The one model of a folder: an index with its shards, a series of shards, or a safetensors file.
module internal ModelFolder =
    [<RequireQualifiedAccess>]
    type Model =
        /// An index or a safetensors file, by its path.
        | File of path: string
        | Series of Shards.Series

    let private endsWith (ending: string) (name: string) =
        name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)

    /// The names of a folder's files, in order.
    let private names (folder: string) : Result<string list, InitError list> =
        try
            Directory.EnumerateFileSystemEntries folder
            |> Seq.map (fun path -> string (Path.GetFileName path))
            |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
            |> List.ofSeq
            |> Ok
        with
        | :? IOException as e -> Error [ InitError.FileUnreadable(folder, e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(folder, e.Message) ]

    let private fault kind = Error [ InitError.Architecture kind ]

    /// The model of a folder, or a fault that says what is there.
    let find (folder: string) : Result<Model, InitError list> =
        names folder
        |> Result.bind (fun present ->
            let at name = Path.Combine(folder, name)
            let indexes = present |> List.filter (endsWith ".safetensors.index.json")

            // A file that an index names is part of the index's model, and one that is named as its shard is, too.
            let named = set (indexes |> List.collect (at >> Shards.namedBy))

            let others =
                present
                |> List.filter (endsWith ".safetensors")
                |> List.filter (named.Contains >> not)
                |> List.map (fun name -> name, Shards.series name)
                |> List.filter (fun (_, series) ->
                    match series with
                    | Some series -> not (List.contains series.Index indexes)
                    | None -> true)

            // One file of each series speaks for all.
            let models =
                List.map (fun name -> name, None) indexes
                @ (others
                   |> List.distinctBy (fun (name, series) ->
                       match series with
                       | Some series -> series.Path 1
                       | None -> name))

            match models with
            | [ name, None ] -> Ok(Model.File(at name))
            | [ name, Some _ ] ->
                match Shards.series (at name) with
                | Some series -> Ok(Model.Series series)
                | None -> Ok(Model.File(at name))
            | [] -> fault (ArchitectureFault.FolderWithoutModel(folder, present))
            | several -> fault (ArchitectureFault.FolderAmbiguous(folder, List.map fst several)))
