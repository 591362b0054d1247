/// Where the sources are.
[<RequireQualifiedAccess>]
module Initializers.Properties.Repository

open System
open System.IO

/// The folder of Initializers.sln, above the running assembly.
let root: string =
    let rec up (folder: DirectoryInfo | null) =
        match folder with
        | null -> failwith $"no Initializers.sln above {AppContext.BaseDirectory}"
        | here when File.Exists(Path.Combine(here.FullName, "Initializers.sln")) -> here.FullName
        | here -> up here.Parent

    up (DirectoryInfo AppContext.BaseDirectory)

/// A path below the root, its parts separated by '/'.
let path (relative: string) : string =
    Path.Combine(Array.append [| root |] (relative.Split '/'))
