/// The page of the smallest effects that the statistical checks find: docs/power.md.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.PowerPage

open System
open System.Globalization
open System.Text.RegularExpressions
open Initializers.Properties

let file = "docs/power.md"

let tables: Power.Table list =
    [ ElementPower.table
      RowPower.table
      CompositePower.table
      MatrixPower.sparseTable
      MatrixPower.orthogonalTable
      OrderPower.table
      OrderPower.smallTable
      DTypePower.table ]

let private number (x: float) =
    x.ToString("0.##e+0", CultureInfo.InvariantCulture)

let private missing = "not found"

/// The text of a cell: the smallest amount, by its k, and the check.
let cell (result: (int * string) option) =
    match result with
    | Some(k, check) -> $"{number (Power.amount k)} ({check})"
    | None -> missing

/// What a cell's text says; None where no smallest amount has it.
let private read (text: string) : (int * string) option option =
    let m = Regex.Match(text, @"^(\S+) \((.+)\)$")

    if text = missing then
        Some None
    elif m.Success then
        [ 1..160 ]
        |> List.tryFind (fun k -> number (Power.amount k) = m.Groups[1].Value)
        |> Option.map (fun k -> Some(k, m.Groups[2].Value))
    else
        None

/// The cells of a page by subject and effect.
let cells (page: string) : Map<string * string, (int * string) option option list> =
    page.Split '\n'
    |> Array.filter (fun line -> line.StartsWith("| ", StringComparison.Ordinal))
    |> Array.map (fun line -> line.Trim('|', ' ').Split(" | ") |> List.ofArray)
    |> Array.choose (fun columns ->
        match columns with
        | subject :: name :: cells -> Some((subject, name), cells |> List.map read)
        | _ -> None)
    |> Map

/// The page, with the cells of each effect, one for each size.
let render (cells: Power.Table -> Power.Effect -> string list) : string =
    let table (table: Power.Table) =
        let head = table.Sizes |> List.map table.Size |> String.concat " | "

        [ ""
          $"## {table.Title}"
          $"| what is sampled | what is wrong | {head} |"
          "|---|---|" + String.replicate table.Sizes.Length "---|"
          for effect in table.Effects do
              let cells = cells table effect |> String.concat " | "
              $"| {effect.Subject} | {effect.Name} | {cells} |" ]

    let head =
        [ "# Power"
          "Some properties of a sampler are not functions of one word and cannot be enumerated: float64, matrices, permutations, and the"
          "independence of elements, rows, tensors and seeds. Statistical tests check them. Each check computes its threshold from the size of"
          $"the sample and its false-alarm rate, {number alpha}. The suite makes fewer than {most} checks of right samplers, so all of them together"
          $"have a false-alarm rate of at most {number suiteAlpha}."
          ""
          "A table gives the smallest effect e that the checks find with a power of 99 %: the smallest of the amounts 1.1^-k that at"
          $"least 99 of {Power.trials} seeds reject, and the check that rejects most often. Smaller effects may go unseen. \"Not found\" means that not"
          "even e = 0.91 is found in a sample of this size."
          ""
          "Effects on a mean, a standard deviation or a correlation shrink with the root of the size: to an eighth from 2^14 to 2^20 elements."
          "The theorems of the suite have samples of 2^12 to 2^20 elements and of 1,000 to 20,000 matrices. A bias of bfloat16's rounding"
          "needs more: WrongSamplersTests finds it in 2 10^7 elements."
          ""
          "    tools/statistics --write     measures it again and writes this page"
          "    tools/statistics             runs the statistical tests; their seeds are fixed"
          "    tools/statistics --fresh     runs them with seeds from the system's entropy, which it prints"
          ""
          "## Elements that are not independent"
          "The [bit contract](bits.md) promises that these are equal or depend on each other. Tests check the promise."
          ""
          "| what | how they depend on each other |"
          "|---|---|"
          "| equal seeds | equal requests have equal bits, and tensors of different shapes have equal first elements: element i is a function of word i |"
          "| different distributions of one seed | monotone functions of the same words: large elements of a normal tensor are large in the uniform one |"
          "| float16 and bfloat16 | the float32 elements, rounded once |"
          "| float64 | in the cell of the float32 element; its digits below this cell are independent of it |"
          "| the first part of a sum | it has the bits that it has alone |"
          "| the copies of `repeat` | equal |"
          "| a permutation of 2^b numbers, more than 65,536 | always even: half of all orders do not occur, as the rounds of a Feistel cipher are even |"
          "| numbers of one column of an orthogonal matrix, of a sparse column or of a permutation | by their definition |"
          ""
          "Use `Seed.child` with a different name for each tensor that should be independent of others." ]

    String.concat "\n" (head @ List.collect table tables) + "\n"
