namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// The files of tensors that a path leads to: a file itself, the shards of an index, or the model of a folder.
module internal ModelFiles =
    let private ofIndex (path: string) : Result<string list, InitError list> =
        Shards.index path
        |> Result.bind (fun index ->
            Shards.headersOf path index
            |> Result.map (fun _ -> ShardIndex.names index |> List.map (Shards.relativeTo path)))

    /// An index by its ending, or another JSON file that is one.
    let private isIndex (path: string) =
        path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase)
        || (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            && (Shards.index path).IsOk)

    /// The paths of the files, in the order of their names; or the faults of an index and of its shards' headers.
    let find (path: string) : Result<string list, InitError list> =
        if path <> "" && Names.isUnicode path && Directory.Exists path then
            ModelFolder.find path
            |> Result.bind (function
                | ModelFolder.Model.File file when isIndex file -> ofIndex file
                | ModelFolder.Model.File file -> Ok [ file ]
                | ModelFolder.Model.Series series -> Shards.filesOf path series)
        elif File.Exists path && isIndex path then
            ofIndex path
        else
            Ok [ path ]
