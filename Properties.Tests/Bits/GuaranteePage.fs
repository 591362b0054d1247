/// The page of guarantees, from what all words give: docs/guarantees.md.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.GuaranteePage

open System
open System.Globalization
open Initializers
open Initializers.FSharp

let file = "docs/guarantees.md"

/// The command that measures all distributions, or one of them.
let private command = "tools/guarantees"

let private text (format: string) (x: float) =
    x.ToString(format, CultureInfo.InvariantCulture)

/// Three digits, so that the last digits of a machine's exponential function do not matter.
let private number (x: float) =
    if abs x < 1.0e-9 then "< 1e-9" else text "0.##e+0" x

let private power (x: float) = $"""2^{text "0.0" (Math.Log2 x)}"""

let private value (x: float32) =
    x.ToString("R", CultureInfo.InvariantCulture)

let private row (cells: string list) =
    let line = String.concat " | " cells
    $"| {line} |"

let private table (heads: string list) (rows: string list list) =
    row heads
    :: row (heads |> List.mapi (fun i _ -> if i = 0 then "---" else "---:"))
    :: List.map row rows

let private values (result: Guarantees.Result) =
    let report = result.Report

    [ value report.Least
      value report.Greatest
      $"{report.Decreases}"
      $"{result.Distinct}"
      $"{result.Atom}"
      match result.Asymmetries with
      | Some pairs -> $"{pairs}"
      | None -> "" ]

let private distances (result: Guarantees.Result) =
    let report = result.Report

    [ power report.Distance
      number report.Error
      (if report.Ulps < 100.0 then
           text "0.000" report.Ulps
       else
           number report.Ulps)
      match result.Moments with
      | Some moments -> yield! moments |> Array.map number
      | None -> yield! List.replicate 6 "" ]

let private tableOf (heads: string list) cells results =
    table
        ("dtype" :: heads)
        [ for dtype: DType, result in results do
              DType.toText dtype
              :: (match result with
                  | Ok result -> cells result
                  | Error code -> $"`{code}`" :: List.replicate (heads.Length - 1) "") ]

/// The heading of a distribution's section.
let heading (subject: Guarantees.Subject) = $"## {subject.Name}"

let private theorem (subject: Guarantees.Subject) : string list =
    let near =
        match subject.Accuracy with
        | Guarantees.Ulps ulps -> $"""{text "0.0" ulps} units of its last place"""
        | Guarantees.Absolute error -> number error

    let order =
        if subject.Back = 0.0 then
            "no value is below that of the word before"
        else
            "a value is at most one unit of its last place below that of the word before"

    let mirror =
        if subject.IsSymmetric then
            "The value of ~w is the negation of that of w."
        else
            ""

    [ $"`{SpecText.toText subject.Spec}`"
      ""
      "**Theorem.** For each of the 2^32 words w, the value is finite and inside its interval, and"
      $"{order}. A float32 value is within {near} of the quantile of"
      $"(w + 1/2) 2^-32. {mirror}".TrimEnd()
      ""
      $"    {command} \"{subject.Name}\"" ]

/// A distribution's section, from what is measured of it in each dtype.
let section (subject: Guarantees.Subject) (results: (DType * Result<Guarantees.Result, string>) list) : string list =
    [ heading subject
      yield! theorem subject
      ""
      yield!
          tableOf
              [ "smallest"
                "largest"
                "steps back"
                "distinct values"
                "words of the largest atom"
                "asymmetric pairs" ]
              values
              results
      ""
      yield!
          tableOf
              [ "sup abs(F_n - F)"
                "error"
                "ulp"
                "mean"
                "variance"
                "third"
                "fourth"
                "fifth"
                "sixth" ]
              distances
              results
      "" ]

/// What is before the sections.
let preface: string list =
    [ "# Guarantees"
      "A weight of float32, bfloat16 or float16 is a function of one 32-bit word. So its distribution is not estimated from samples:"
      "all 2^32 words go through the code that fills tensors, and the numbers below are those of the whole distribution. They have no"
      "sampling error and no false-alarm rate."
      ""
      "One command measures everything, compares it with this page, and fails if a theorem does not hold; the long tests, which `.ci/run`"
      "runs, do the same:"
      ""
      $"    {command}"
      ""
      "A name measures one distribution, and `--write` writes the page again. All of them take four minutes on two cores."
      ""
      "Each theorem holds for the bits of version 1, and is proved by looking at every case. bfloat16 and float16 round a float32 once more"
      "and stay inside the interval, so their error may be larger by one unit of the last place of their largest value."
      ""
      "| column | meaning |"
      "|---|---|"
      "| smallest, largest | the ends of all values |"
      "| steps back | words whose value is below that of the word before, as at the seam of two polynomials |"
      "| distinct values | how many values occur |"
      "| words of the largest atom | how many of the 2^32 words have the most frequent value |"
      "| asymmetric pairs | words w for which the value of ~w is not the negation, for distributions symmetric about 0 |"
      "| sup abs(F_n - F) | the largest distance of the distribution function of all words from that of the distribution |"
      "| error | the largest distance of a value from the quantile of (w + 1/2) 2^-32 |"
      "| ulp | the largest such distance in units of the value's own last place. Next to 0 these units are so small that this number says little; `error` counts there. bfloat16 and float16 are searched up to 2 units |"
      "| mean | the mean of all values minus that of the distribution, in its standard deviations |"
      "| variance | that of all values about the distribution's mean, divided by its variance, minus 1 |"
      "| third to sixth | the standardized moment of all values minus that of the distribution. The outermost values are at the quantiles of 2^-33, so that heavy tails lack a part of their high moments |"
      ""
      "The distributions' own functions are MathNet's erf, erfc and log1p, and quadratures of their densities; nothing of the library"
      "is in them. A code in place of numbers is that of a request which is refused: no value of the dtype lies inside the interval,"
      "or the largest values exceed the dtype."
      "" ]

/// A page's sections by their headings, with all lines.
let private sectionsOf (lines: string list) : Map<string, string list> =
    let rec split (lines: string list) found =
        match lines with
        | [] -> found
        | head :: rest ->
            let next =
                rest
                |> List.tryFindIndex (fun line -> line.StartsWith "## ")
                |> Option.defaultValue rest.Length

            let own, others = List.splitAt next rest
            split others (Map.add head (head :: own) found)

    lines
    |> List.skipWhile (fun line -> not (line.StartsWith "## "))
    |> fun lines -> split lines Map.empty

/// A section of a page; none where there is no such heading.
let sectionIn (page: string) (subject: Guarantees.Subject) : string list option =
    sectionsOf (List.ofArray (page.TrimEnd('\n').Split '\n') @ [ "" ])
    |> Map.tryFind (heading subject)

/// The page with a section in its place, the preface, and the other sections that it has.
let withSection (page: string) (subject: Guarantees.Subject) (lines: string list) : string =
    [ yield! preface
      for other in Guarantees.subjects do
          if other.Name = subject.Name then
              yield! lines
          else
              yield! defaultArg (sectionIn page other) [] ]
    |> String.concat "\n"
    |> fun text -> text.TrimEnd('\n') + "\n"
