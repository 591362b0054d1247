/// The public API against its recorded text. Nothing here writes it: that is Golden.Tool's work, which a person runs.
module Initializers.Facade.FSharp.PublicApiTests

open System.IO
open System.Reflection
open Initializers
open Initializers.Properties
open Xunit

let private recorded (assembly: Assembly) =
    File.ReadAllText(Path.Combine(Repository.path PublicApi.folder, PublicApi.fileName assembly))

let private expectRecorded assembly =
    match PublicApi.difference (recorded assembly) (PublicApi.render assembly) with
    | None -> ()
    | Some changes ->
        Assert.Fail
            $"The public API of {assembly.GetName().Name} differs from its record:\n{changes}\nIf this is meant, say so in CHANGELOG.md and run `{PublicApi.command}`."

[<Fact>]
let ``the core's public API is the recorded one`` () = expectRecorded PublicApi.assemblies[0]

[<Fact>]
let ``the facade's public API is the recorded one`` () = expectRecorded PublicApi.assemblies[1]

[<Fact>]
let ``every assembly's record is a file, and every file a record`` () =
    Assert.Equal<string list>(
        PublicApi.assemblies |> List.map PublicApi.fileName |> List.sort,
        Directory.EnumerateFiles(Repository.path PublicApi.folder)
        |> Seq.map (Path.GetFileName >> string)
        |> Seq.sort
        |> List.ofSeq
    )

[<Fact>]
let ``a changed, a new and a missing line are reported under their type`` () =
    let was =
        "# head\n\nsealed class A\n    X: Int32 { get; }\n    F(a: Int32): A\n\nenum B\n    values: Int32\n"

    let difference (now: string) = PublicApi.difference was now
    Assert.Equal(None, difference was)
    Assert.Equal(None, difference (was.Replace("\n", "\r\n")))

    Assert.Equal(
        Some "sealed class A\n-     F(a: Int32): A\n+     F(a: Int32, b: Int32 = 0): A",
        difference (was.Replace("F(a: Int32)", "F(a: Int32, b: Int32 = 0)"))
    )

    Assert.Equal(Some "+ union C\n+     | D", difference (was + "\nunion C\n    | D\n"))
    Assert.Equal(Some "- enum B\n-     values: Int32", difference (was.Replace("\nenum B\n    values: Int32\n", "")))

    Assert.Equal(
        Some "only the order differs",
        difference "sealed class A\n    F(a: Int32): A\n    X: Int32 { get; }\n\nenum B\n    values: Int32\n"
    )
