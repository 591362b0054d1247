/// Every reader on inputs that a fuzzer made of well-formed ones: each is read, or refused with coded faults, soon.
/// INITIALIZERS_FUZZ_MINUTES makes the run longer, INITIALIZERS_FUZZ_SEED makes it another.
module Initializers.Properties.FuzzTests

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Threading
open Xunit
open Initializers.FSharp
open Initializers.Properties
open Initializers.Properties.FuzzTargets

/// What an input took at the most; a longer one counts as hung.
let private limit = TimeSpan.FromSeconds 20.0

/// Reads one input. A failure names the target, the origin of the input and the input.
let private answered (target: FuzzTarget) (origin: string) (text: string) =
    let report (what: string) =
        let shown =
            if text.Length > 2000 then
                text.Substring(0, 2000) + "…"
            else
                text

        let exact = Convert.ToBase64String(Encoding.Unicode.GetBytes text)

        $"{target.Name}, {origin}: {what}\n{Json.quote shown}\nUTF-16 in base 64: {exact}"

    // A hang or a stack overflow cannot be caught, so a timer reports the input and ends the process.
    use _ =
        new Timer(
            (fun _ -> Environment.FailFast(report $"not answered in {limit}")),
            null,
            limit,
            Timeout.InfiniteTimeSpan
        )

    try
        target.Read text
    with e ->
        failwith (report (string e))

let private variable (name: string) =
    match Environment.GetEnvironmentVariable name with
    | NonNull text when text <> "" -> Some(Double.Parse(text, Globalization.CultureInfo.InvariantCulture))
    | _ -> None

[<Fact>]
let ``every reader answers what a fuzzer makes, without an exception`` () =
    let seed =
        variable "INITIALIZERS_FUZZ_SEED" |> Option.map int |> Option.defaultValue 1

    let clock = Stopwatch.StartNew()

    let goesOn number =
        match variable "INITIALIZERS_FUZZ_MINUTES" with
        | Some minutes -> clock.Elapsed.TotalMinutes < minutes
        | None -> number < 300L

    let last = Path.Combine(AppContext.BaseDirectory, "fuzz-last.txt")

    let mutable number = 0L

    while goesOn number do
        for target in FuzzTargets.all do
            let origin = $"seed {seed}, number {number}"

            if (variable "INITIALIZERS_FUZZ_MINUTES").IsSome then
                File.WriteAllText(last, $"{target.Name}, {origin}")

            answered target origin (Mutations.input target.Seeds seed number)

        number <- number + 1L

[<Fact>]
let ``every reader answers the files of the fuzzer's corpus`` () =
    let folder = Repository.path "Fuzz.Tool/corpus"

    Assert.Equal<string list>(
        FuzzTargets.all |> List.map _.Name |> List.sort,
        Directory.GetDirectories folder
        |> Seq.map (Path.GetFileName >> string)
        |> Seq.sort
        |> List.ofSeq
    )

    for target in FuzzTargets.all do
        let files = Directory.GetFiles(Path.Combine(folder, target.Name))
        Assert.NotEmpty files

        for file in files do
            inputOfBytes target (File.ReadAllBytes file)
            |> answered target (string (Path.GetFileName file))
