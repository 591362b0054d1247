/// The golden files in separate processes, which see other instruction sets, thread counts and C library variants.
/// Golden.Tool reads the files there; nothing here writes them.
module Initializers.Properties.ProcessTests

open System
open System.Diagnostics
open System.IO
open Xunit
open Xunit.Abstractions
open Initializers.Kernels
open Initializers.Properties

/// What a check of the golden files prints, under environment variables.
let private check (variables: (string * string) list) : int * string =
    let folder = DirectoryInfo(AppContext.BaseDirectory)

    // bin/CONFIGURATION/FRAMEWORK of both projects.
    let tool =
        match folder.Parent with
        | null -> failwith $"{folder}"
        | configuration -> Repository.path $"Golden.Tool/bin/{configuration.Name}/{folder.Name}/Golden.Tool.dll"

    let start = ProcessStartInfo("dotnet", [ tool; "check" ])
    start.RedirectStandardOutput <- true
    start.RedirectStandardError <- true

    for name, value in variables do
        start.Environment[name] <- value

    match Process.Start start with
    | null -> failwith "no process"
    | child ->
        use child = child
        let errors = child.StandardError.ReadToEndAsync()
        let output = child.StandardOutput.ReadToEnd()
        child.WaitForExit()
        child.ExitCode, output + errors.Result

type ProcessTests(output: ITestOutputHelper) =
    /// The same bits, and what the process says of itself: that the variables were heeded.
    let same (sees: string) variables =
        let code, text = check variables
        output.WriteLine text
        Assert.Contains(sees, text)
        Assert.True((code = 0), text)

    [<Fact; Trait("Category", "Long")>]
    member _.``without AVX2, on three threads, the bits are the same``() =
        same "3 threads, scalar tiles" [ "DOTNET_EnableAVX2", "0"; "DOTNET_PROCESSOR_COUNT", "3" ]

    [<Fact; Trait("Category", "Long")>]
    member _.``without any intrinsic, on seven threads, the bits are the same``() =
        same "7 threads, scalar tiles" [ "DOTNET_EnableHWIntrinsic", "0"; "DOTNET_PROCESSOR_COUNT", "7" ]

    [<Fact; Trait("Category", "Long")>]
    member _.``without AVX-512, on one thread, the bits are the same``() =
        let widest =
            if List.contains TileWidth.Bits256 PhiloxTiles.Available then
                "256-bit"
            else
                "scalar"

        same $"1 threads, {widest} tiles" [ "DOTNET_EnableAVX512", "0"; "DOTNET_PROCESSOR_COUNT", "1" ]

    [<Fact; Trait("Category", "Long")>]
    member _.``with the C library's other variants of its functions the bits are the same``() =
        same
            "2 threads"
            [ "GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA"
              "DOTNET_PROCESSOR_COUNT", "2" ]
