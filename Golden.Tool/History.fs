/// The golden files and their ledger against those of every commit before.
module Initializers.Golden.History

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Text.Json
open Initializers.FSharp
open Initializers.Properties

/// What git writes; it must succeed.
let private git (root: string) (arguments: string list) : string =
    let start =
        ProcessStartInfo("git", [ "-C"; root ] @ arguments, RedirectStandardOutput = true)

    match Process.Start start with
    | null -> failwith "git does not start"
    | started ->
        use started = started
        let output = started.StandardOutput.ReadToEnd()
        started.WaitForExit()

        if started.ExitCode <> 0 then
            let line = String.concat " " arguments
            failwith $"git {line} ended with {started.ExitCode}"

        output

let private lines (text: string) =
    text.Split('\n', StringSplitOptions.RemoveEmptyEntries) |> List.ofArray

let private nameOf (path: string) : string =
    path.Substring(path.LastIndexOfAny [| '/'; '\\' |] + 1)

/// The entries of a ledger and of golden files, by names and texts of files.
let private entries (files: (string * string) list) : GoldenLedger.Entry list * GoldenLedger.Entry list * string list =
    let ledger, faults =
        match files |> List.tryFind (fun (name, _) -> name = GoldenLedger.fileName) with
        | Some(_, text) -> GoldenLedger.parse text
        | None -> [], [ "there is no ledger" ]

    let cases =
        [ for name, text in files do
              if name.EndsWith(".json", StringComparison.Ordinal) then
                  yield! GoldenLedger.ofFile (name.Substring(0, name.Length - ".json".Length)) text ]

    ledger, cases, faults

/// The ledger and the golden files of a working tree.
let private working (root: string) =
    let folder = Path.Combine(root, Golden.folder)

    if Directory.Exists folder then
        [ for path in Directory.EnumerateFiles folder -> nameOf path, File.ReadAllText path ]
    else
        []

/// The entries of a commit that later commits must keep: none if its ledger and its files disagree or cannot be read. Such a
/// commit failed the tests and can no longer be repaired; the commits before and after it count.
let private kept (files: (string * string) list) : GoldenLedger.Entry list =
    try
        match entries files with
        | ledger, cases, [] when List.isEmpty (GoldenLedger.disagreements ledger cases) -> ledger
        | _ -> []
    with
    | :? JsonException
    | :? KeyNotFoundException
    | :? InvalidOperationException -> []

/// Each commit that has a ledger, oldest first, with its entries. Before its ledger version 1 was not released, and its bits
/// did change.
let private committed (root: string) =
    let texts = Dictionary<string, string>()

    let blob (id: string) =
        match texts.TryGetValue id with
        | true, text -> text
        | _ ->
            let text = git root [ "cat-file"; "blob"; id ]
            texts[id] <- text
            text

    [ for commit in
          lines (
              git
                  root
                  [ "log"
                    "--full-history"
                    "--topo-order"
                    "--reverse"
                    "--format=%H"
                    "HEAD"
                    "--"
                    Golden.folder ]
          ) do
          // 100644 blob ID<tab>PATH
          let files =
              [ for row in lines (git root [ "ls-tree"; commit; Golden.folder + "/" ]) do
                    match row.Split '\t' with
                    | [| about; path |] -> nameOf path, (about.Split ' ')[2]
                    | _ -> failwith $"git ls-tree wrote {row}" ]

          if files |> List.exists (fun (name, _) -> name = GoldenLedger.fileName) then
              commit[..9], kept [ for name, id in files -> name, blob id ] ]

/// Checks that a repository's golden files and ledger agree and keep the entries of every earlier commit; returns the exit code.
let check (root: string) : int =
    let ledger, cases, faults = entries (working root)
    let present = faults @ GoldenLedger.disagreements ledger cases

    let past =
        if Path.Exists(Path.Combine(root, ".git")) then
            let commits = committed root

            if (git root [ "rev-parse"; "--is-shallow-repository" ]).Trim() = "true" then
                printfn "the clone is shallow: only the commits that it has are compared"

            printfn
                "%d lines of the ledger, %d cases; commits with a ledger: %d"
                ledger.Length
                cases.Length
                commits.Length

            GoldenLedger.changes commits ledger
        else
            printfn "no git here: only the ledger and the files are compared"
            []

    match present @ past with
    | [] -> 0
    | faults ->
        faults |> List.iter (eprintfn "%s")

        eprintfn
            "Golden bits change only with a new Plan.bitsVersion and `Golden.Tool -- --bits-changed`, which adds lines to the ledger."

        1
