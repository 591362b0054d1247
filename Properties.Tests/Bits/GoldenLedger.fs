/// The ledger of the golden files: a line for each case of each version of the bit contract, which never changes again. With
/// it a golden file that was changed by hand is found by the tests, and an edited ledger by Golden.Tool's `history`. The
/// tests read it; only Golden.Tool writes it. Both compile this file.
[<RequireQualifiedAccess>]
module Initializers.Properties.GoldenLedger

open System
open System.Text
open System.Text.RegularExpressions

/// A case of a version in one dtype, and SHA-256 of its text in the golden file.
type Entry =
    { Version: int
      DType: string
      Case: string
      Digest: string }

/// In the folder of the golden files.
let fileName = "ledger.txt"

let private key entry = entry.Version, entry.DType, entry.Case

/// What messages call an entry.
let name entry =
    $"version {entry.Version}, {entry.DType}, '{entry.Case}'"

let private line entry =
    $"{entry.Version} {entry.DType} {entry.Digest} {entry.Case}"

let private form = Regex @"^([1-9][0-9]{0,8}) ([a-z0-9]+) ([0-9a-f]{64}) (\S.*)$"

/// The entries of a ledger's text, and what is wrong with its lines.
let parse (text: string) : Entry list * string list =
    let lines =
        [ for i, line in Seq.indexed (text.Split '\n') do
              if line <> "" then
                  i + 1, form.Match line, line ]

    let entries =
        [ for _, m, _ in lines do
              if m.Success then
                  { Version = int m.Groups[1].Value
                    DType = m.Groups[2].Value
                    Digest = m.Groups[3].Value
                    Case = m.Groups[4].Value } ]

    let malformed =
        [ for number, m, line in lines do
              if not m.Success then
                  $"line {number} of the ledger cannot be read: {line}" ]

    let twice =
        entries
        |> List.countBy key
        |> List.filter (fun (_, n) -> n > 1)
        |> List.map (fun ((version, dtype, case), n) ->
            $"the ledger has {n} lines of version {version}, {dtype}, '{case}'")

    entries, malformed @ twice

/// The text of a ledger; new entries come after the others.
let render (entries: Entry list) : string =
    entries |> List.map (fun entry -> line entry + "\n") |> String.concat ""

/// The entries of a golden file's text.
let ofFile (dtype: string) (text: string) : Entry list =
    let version, cases = Golden.read text

    [ for KeyValue(case, text) in cases do
          { Version = version
            DType = dtype
            Case = case
            Digest = Golden.digest (Encoding.UTF8.GetBytes text) } ]

let private index (entries: Entry list) =
    entries |> List.map (fun entry -> key entry, entry) |> Map.ofList

/// Entries that the ledger lacks, in the order given.
let missing (ledger: Entry list) (cases: Entry list) : Entry list =
    let known = index ledger
    cases |> List.filter (fun case -> not (known.ContainsKey(key case)))

/// Where a ledger and the cases of golden files do not agree. Of their versions each has every case of the other.
let disagreements (ledger: Entry list) (cases: Entry list) : string list =
    let known = index ledger
    let present = index cases

    // A dtype's file is of one version.
    let current = cases |> List.map (fun case -> case.Version, case.DType) |> Set.ofList

    [ for case in cases do
          match Map.tryFind (key case) known with
          | Some entry when entry.Digest <> case.Digest -> $"{name case} is not what the ledger has of it"
          | Some _ -> ()
          | None -> $"{name case} has no line in the ledger"

      for entry in ledger do
          if
              current.Contains((entry.Version, entry.DType))
              && not (present.ContainsKey(key entry))
          then
              $"{name entry} has a line in the ledger and is gone" ]

/// Returns the entries of earlier states that are changed or missing in a later one, with the names of the states.
/// If earlier states differ, the first counts, so that a change that was taken back is not reported.
let changes (earlier: (string * Entry list) list) (now: Entry list) : string list =
    let present = index now

    let first =
        (Map.empty, earlier)
        ||> List.fold (fun known (state, entries) ->
            (known, entries)
            ||> List.fold (fun known entry ->
                if Map.containsKey (key entry) known then
                    known
                else
                    Map.add (key entry) (state, entry) known))

    [ for KeyValue(key, (state, was)) in first do
          match Map.tryFind key present with
          | Some entry when entry.Digest <> was.Digest -> $"{name was} is not what {state} had"
          | Some _ -> ()
          | None -> $"{name was} is gone, which {state} had" ]
