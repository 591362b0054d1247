namespace Initializers.FSharp

open System
open Initializers.Files

[<RequireQualifiedAccess>]
module PictureFile =
    let private checkedPath (inputs: string list) overwrite (path: string | null) : Result<string, InitError list> =
        path
        |> Words.needed "out" "plot.png" (fun path ->
            let hasEnding (ending: string) =
                path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)

            if not (List.exists hasEnding [ ".png"; ".svg" ]) then
                Words.invalid "out" path "a file that ends in .png or .svg"
            else
                match Output.faultsOfInputs path inputs with
                | [] -> Validation.ofFaults (AtomicFile.check path overwrite 0L) path
                | faults -> Error faults)

    [<CompiledName "Validate">]
    let validate inputs overwrite (path: string | null) : Result<unit, InitError list> =
        checkedPath inputs overwrite path |> Result.map ignore

    [<CompiledName "Save">]
    let save inputs overwrite (path: string | null) (bytes: byte[]) : Result<unit, InitError list> =
        checkedPath inputs overwrite path
        |> Result.bind (fun path ->
            AtomicFile.write path overwrite (fun stream ->
                stream.Write(ReadOnlySpan bytes)
                Ok()))
