/// Writes the golden files: dotnet run -c Release --project Golden.Tool [-- --bits-changed]
/// With `-- api` it writes the record of the public API, with `-- registers` that of the GPU kernels' registers, with
/// `-- errors` the page of error codes, and with `-- recipes` that of recipes. With
/// `-- check [DEVICE]` it writes nothing and says whether a device gives the bits of the files; with `-- history [FOLDER]`
/// whether the files and their ledger keep what every commit of a repository had.
///
/// Cases may be added at any time, and get a line in the ledger. A case that a file or the ledger has already keeps its text,
/// unless the bit contract has a new version (Plan.bitsVersion) and --bits-changed says that this is meant. A removed case
/// counts as changed. The ledger keeps the lines of older versions.
module Initializers.Golden.Program

open System.IO
open Initializers
open Initializers.FSharp
open Initializers.Properties

/// Why a file must not be replaced, if so.
let refusal (changed: bool) (old: string) (text: string) : string option =
    let oldVersion, oldCases = Golden.read old
    let _, cases = Golden.read text

    match
        [ for KeyValue(name, was) in oldCases do
              if Map.tryFind name cases <> Some was then
                  name ]
    with
    | [] -> None
    | names when changed && Plan.bitsVersion > oldVersion ->
        printfn "  changed under version %d: %s" Plan.bitsVersion (String.concat ", " names)
        None
    | names ->
        let all = String.concat ", " names

        Some
            $"would change {all}. Golden bits change only with a new Plan.bitsVersion (now {Plan.bitsVersion}, the file has {oldVersion}) and --bits-changed."

/// All files or none, since they describe one contract; the exit code.
let private writeGolden (changed: bool) : int =
    let folder = Repository.path Golden.folder
    Directory.CreateDirectory folder |> ignore

    let files =
        [ for dtype in Golden.dtypes do
              let path = Path.Combine(folder, Golden.fileName dtype)
              let text = Golden.render dtype

              let old =
                  if File.Exists path then
                      Some(File.ReadAllText path)
                  else
                      None

              path, text, old ]

    let ledgerPath = Path.Combine(folder, GoldenLedger.fileName)

    let ledger, faults =
        if File.Exists ledgerPath then
            GoldenLedger.parse (File.ReadAllText ledgerPath)
        else
            [], []

    let cases =
        List.zip Golden.dtypes files
        |> List.collect (fun (dtype, (_, text, _)) -> GoldenLedger.ofFile (DType.toText dtype) text)

    // In the order of the cases, all dtypes of one together.
    let added =
        let order = Golden.all |> List.mapi (fun i case -> case.Name, i) |> Map.ofList

        GoldenLedger.missing ledger cases
        |> List.sortBy (fun entry -> order[entry.Case])

    let refusals =
        [ for path, text, old in files do
              match old |> Option.bind (fun old -> refusal changed old text) with
              | Some reason -> $"{Path.GetFileName path}: {reason}"
              | None -> ()

          for fault in faults @ GoldenLedger.disagreements (ledger @ added) cases do
              $"{GoldenLedger.fileName}: {fault}." ]

    if List.isEmpty refusals then
        for path, text, old in
            files
            @ [ ledgerPath, GoldenLedger.render (ledger @ added), Some(GoldenLedger.render ledger) ] do
            if old = Some text then
                printfn "%s is as it was" path
            else
                File.WriteAllText(path, text)
                printfn "%s written" path

        0
    else
        refusals |> List.iter (eprintfn "%s")
        1

/// Writes a record and tells what changed in it.
let private writeRecord (path: string) (text: string) (difference: string -> string -> string option) =
    let old = if File.Exists path then File.ReadAllText path else ""

    if old = text then
        printfn "%s is as it was" path
    else
        match Path.GetDirectoryName path with
        | null -> ()
        | folder -> Directory.CreateDirectory folder |> ignore

        File.WriteAllText(path, text)
        printfn "%s written" path

        if old <> "" then
            difference old text |> Option.iter (printfn "%s")

/// Both assemblies' records.
let private writeApi () : int =
    for assembly in PublicApi.assemblies do
        let path =
            Path.Combine(Repository.path PublicApi.folder, PublicApi.fileName assembly)

        writeRecord path (PublicApi.render assembly) PublicApi.difference

    0

/// The record of registers, which is the difference itself.
let private writeRegisters () : int =
    writeRecord (Repository.path Ptx.recordFile) (Ptx.record ()) (fun _ text -> Some text)
    0

/// The page of error codes.
let private writeErrors () : int =
    writeRecord (Repository.path ErrorPage.file) (ErrorPage.render ()) (fun _ _ -> None)
    0

/// The page of recipes.
let private writeRecipes () : int =
    writeRecord (Repository.path RecipePage.file) (RecipePage.render ()) (fun _ _ -> None)
    0

/// The files against a device, case by case; the exit code.
let private check (name: string) : int =
    match
        Initialize.devices ()
        |> List.tryFind (fun (present, _) -> present = (Device name).Name)
    with
    | None ->
        let present = Initialize.devices () |> List.map fst |> String.concat ", "
        eprintfn "no device '%s' here; present: %s" name present
        2
    | Some(device, description) ->
        printfn "%s: %s" device description

        let text dtype =
            File.ReadAllText(Path.Combine(Repository.path Golden.folder, Golden.fileName dtype))

        if DeviceBits.report (Device device) text then 0 else 1

[<EntryPoint>]
let main args =
    match List.ofArray args with
    | [] -> writeGolden false
    | [ "--bits-changed" ] -> writeGolden true
    | [ "api" ] -> writeApi ()
    | [ "registers" ] -> writeRegisters ()
    | [ "errors" ] -> writeErrors ()
    | [ "recipes" ] -> writeRecipes ()
    | [ "check" ] -> check "cpu"
    | [ "check"; device ] -> check device
    | [ "history" ] -> History.check Repository.root
    | [ "history"; folder ] -> History.check folder
    | _ ->
        eprintfn
            "usage: dotnet run -c Release --project Golden.Tool -- [--bits-changed | api | registers | errors | recipes | check [DEVICE] | history [FOLDER]]"

        2
