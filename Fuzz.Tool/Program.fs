/// Runs one reader on the inputs of AFL++, by SharpFuzz: `afl-fuzz … -- dotnet Fuzz.Tool.dll TARGET`. `.ci/fuzz` does so.
/// `targets` lists the readers, `seeds FOLDER` writes their well-formed inputs as files, and `TARGET FILE` reads one file.
module Initializers.Fuzz.Program

open System.IO
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open SharpFuzz
open Initializers.FSharp
open Initializers.Properties
open Initializers.Properties.FuzzTargets

/// AFL++ cuts inputs at 1 MiB; longer ones would only be slow.
let private longest = 1 <<< 17

let private read (target: FuzzTarget) (stream: Stream) =
    use buffer = new MemoryStream()
    stream.CopyTo buffer

    if buffer.Length <= int64 longest then
        target.Read(inputOfBytes target (buffer.ToArray()))

let private writeSeeds (folder: string) =
    for target in FuzzTargets.all do
        let below = Directory.CreateDirectory(Path.Combine(folder, target.Name)).FullName

        // Some of many, from the first to the last: AFL++ spends its first minutes on all that there are.
        let most = 16
        let step = max 1 ((target.Seeds.Length + most - 1) / most)

        target.Seeds
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i % step = 0)
        |> Array.iter (fun (i, seed) ->
            File.WriteAllBytes(Path.Combine(below, $"seed-%03d{i}"), bytesOfInput target seed))

/// A reader with a defect, which a fuzzer has to find.
let private planted: FuzzTarget =
    { Name = "planted"
      IsBinary = false
      Seeds = [| "1,2" |]
      Read =
        fun text ->
            if (Shape.parse text).IsOk && not (text.StartsWith '1') then
                failwith "planted" }

let private withTarget (name: string) (work: FuzzTarget -> unit) =
    match planted :: FuzzTargets.all |> List.tryFind (fun target -> target.Name = name) with
    | Some target ->
        work target
        0
    | None ->
        eprintfn "no target '%s'" name
        2

/// Instrumented code counts branches in memory that AFL++ shares later; until then, in this.
let private countBranches () =
    SharpFuzz.Common.Trace.SharedMem <- NativePtr.ofVoidPtr (NativeMemory.AllocZeroed(unativeint 65536))

[<EntryPoint>]
let main args =
    countBranches ()

    match List.ofArray args with
    | [ "targets" ] ->
        FuzzTargets.all |> List.iter (fun target -> printfn "%s" target.Name)
        0
    | [ "seeds"; folder ] ->
        writeSeeds folder
        0
    | [ name; file ] ->
        withTarget name (fun target ->
            use stream = File.OpenRead file
            read target stream)
    // The process that AFL++ starts stays when the one that reads ends by a stack overflow.
    | [ name ] -> withTarget name (fun target -> Fuzzer.OutOfProcess.Run(fun (stream: Stream) -> read target stream))
    | _ ->
        eprintfn "usage: Fuzz.Tool TARGET [FILE] | targets | seeds FOLDER"
        2
