/// The golden files as they lie in the repository, and what is compared with them.
[<RequireQualifiedAccess>]
module Initializers.Properties.GoldenFile

open System.IO
open Xunit
open Initializers.Properties

/// The text of a dtype's file.
let text dtype =
    File.ReadAllText(Path.Combine(Repository.path Golden.folder, Golden.fileName dtype))

/// Fails at the first line that differs, which says more than two long texts.
let same dtype (actual: string) =
    let expected = text dtype

    if expected <> actual then
        let a = expected.Split '\n'
        let b = actual.Split '\n'
        let i = Seq.zip a b |> Seq.takeWhile (fun (x, y) -> x = y) |> Seq.length

        let at (lines: string[]) =
            if i < lines.Length then lines[i] else "the end"

        Assert.Fail $"{Golden.fileName dtype}, line {i + 1}: the file has {at a}, this run gives {at b}"
