/// Checks that sources and pages avoid phrases that make prose hard to read, and that no source file is too long.
module Initializers.Properties.LanguageTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit
open Initializers.Properties

/// Regular expressions of phrases, each with what to write instead. Case is ignored.
let private banned: (string * string) list =
    [ @"\b(of|with|for|in|has|have) (its|one's|their|your) own\b", "separate, distinct, custom; or leave it out"
      @"\bso many\b", "the number: 'n elements', 'the `zeros` smallest'"
      @"\b(is|are) none\b", "what it is: 'but is 10', 'is absent', 'is not a number'"
      @"\bfor (itself|themselves)\b", "element-wise, separately, independently"
      @"\bput together\b", "composite, combined, concatenated"
      @"\bwhoever\b", "the caller, the thread, any program"
      @"\bhas not (the|a|an|that|this)\b|\bhas not[.,;)]", "lacks, does not have, does not offer"
      @"\btold\b", "reported, named, printed"
      @"\bbesides?\b", "next to, outside, in addition to, except"
      @"\bmended\b", "corrected, repaired"
      @"\b(stands?|stood) (in|as|at|on|by|there|for|otherwise|beside)\b", "is in, has index, means, counts as"
      @"\bwhat stands\b", "the text, the value, the element"
      @"\bhand(s|ed)? (it |them |its [a-z ]+)?on\b", "passes through, forwards"
      @"\b(error|value|rate|gain|number)s? (that (is|are) )?reached\b", "the measured error, the actual value"
      @"\balike\b", "equal, both, with equal probability"
      @"\bwithout end\b", "unbounded, infinite"
      @"\b(the|a|an|any|every|each|this|that|whose|no|other|another|such|all) laws?\b", "distribution"
      @"([.;:] |<summary>)of (a|an|the|every|each|such|those|what) ", "a sentence that begins with its subject"
      @"\bwhat (it|they|that|there|stands|else|draws|fills|holds) (is|are|was)\b", "a noun: the kind, the value"
      @"\bby every door\b", "in every entry point"
      @"\bis no (constant|weight|number|name|fault|file|spec)\b", "is not a number, is missing"
      @"\bmakes? up for\b", "compensates"
      @"\bgoes on\b", "continues"
      @"\bas (it|they) (has|have) it\b", "unchanged, in the same form" ]

let private expressions: (Regex * string) list =
    banned
    |> List.map (fun (pattern, instead) ->
        Regex(pattern, RegexOptions.IgnoreCase ||| RegexOptions.CultureInvariant), instead)

/// The banned phrases of a line, each with what to write instead.
let private phrases (line: string) : string list =
    [ for expression, instead in expressions do
          for m in expression.Matches(line) do
              $"'{m.Value}'; write: {instead}" ]

/// Folders without tracked sources: build output, packages, records of tools, and golden files.
let private skipped =
    set
        [ ".git"
          ".fake"
          ".idea"
          ".ionide"
          ".paket"
          ".vs"
          "artifacts"
          "BenchmarkDotNet.Artifacts"
          "bin"
          "golden"
          "gpu-pack"
          "obj"
          "packages"
          "paket-files"
          "TestResults" ]

let rec private filesBelow (folder: DirectoryInfo) : FileInfo list =
    let here = List.ofSeq (folder.EnumerateFiles())

    let inner =
        folder.EnumerateDirectories()
        |> Seq.filter (fun child -> not (skipped.Contains child.Name))
        |> Seq.collect filesBelow
        |> List.ofSeq

    here @ inner

/// The files below the root whose relative paths match a pattern: the path with '/', and the lines.
let private linesOf (pattern: string) : (string * string[]) list =
    [ for file in filesBelow (DirectoryInfo Repository.root) do
          let relative =
              Path.GetRelativePath(Repository.root, file.FullName).Replace('\\', '/')

          if Regex.IsMatch(relative, pattern) then
              relative, File.ReadAllLines file.FullName ]

/// A line without the code that reads like a banned phrase: a name in published golden files, which must not change,
/// and Python's comparison with None.
let private prose (file: string) (line: string) : string =
    let line =
        line.Replace("\"trunc normal narrow beside the mean\"", "", StringComparison.Ordinal)

    if file.EndsWith(".py", StringComparison.Ordinal) then
        line.Replace(" is None", "", StringComparison.Ordinal)
    else
        line

[<Fact>]
let ``sources and pages are free of phrases that make prose hard to read`` () =
    let texts =
        linesOf @"\.(fs|fsi|fsx|cs|md|py)$|^\.ci/[^/.]+$"
        // This file lists the phrases.
        |> List.filter (fun (name, _) -> name <> "Properties.Tests/Architecture/LanguageTests.fs")

    for name in [ "README.md"; "docs/errors.md"; ".ci/run"; "Core.FSharp/Pure/Plan/Plan.fs" ] do
        Assert.Contains(name, List.map fst texts)

    let found =
        [ for name, lines in texts do
              for index, line in Seq.indexed lines do
                  for phrase in phrases (prose name line) do
                      $"{name}:{index + 1}: {phrase}" ]

    // Assert.Empty would print the first few only.
    Assert.True(found.IsEmpty, String.Join("\n", found))

/// One sentence for each banned expression, in the same order.
let private bad: string list =
    [ "The list has a launch of its own."
      "Doublings of v, at most so many."
      "It must be a multiple of 4, and here 10 is none."
      "A part of a canvas: its elements are counted for themselves."
      "Tensors that are put together from parts, in memory of the host."
      "The bits are equal, whoever draws them."
      "For redirections that .NET has not."
      "A wrong request is told whole, with codes."
      "What is drawn beside them."
      "A name that is mended is read again."
      "The value stands at 7."
      "What stands here is where they go."
      "A convolution that hands its input channels on, in each group."
      "The error reached is printed."
      "No two matrices are alike."
      "A stream of words without end."
      "The name in texts of a law that no text holds."
      "Refused: of a spec that wraps another."
      "The message says what it is."
      "Refused by every door."
      "A rule whose spec is no constant is for float tensors alone."
      "A second draw makes up for the first."
      "The program goes on."
      "The sizes in their order, as they have it." ]

let private good: string list =
    [ "The sampling form of an element-wise distribution; `ValueNone` for mapped and composite ones."
      "Fills composite tensors in host memory: computes where each part's elements go."
      "A sub-tensor of a window. `Maps` translate its element indices to the window's, innermost first."
      "Printed for a custom quantile, which cannot be parsed back."
      "Resolves combinators. The caller's `resolve` resolves the inner specs."
      "`inner`, except `value` at the `zeros` smallest auxiliary words of each column."
      "Assigns a spec to the tensors that match all conditions."
      "An invalid request reports every error at once, with codes."
      "Convolution that passes each input channel through, per group."
      "Must be a multiple of 4, but is 10."
      // Words that begin like a banned phrase.
      "The standard deviation has not changed; the matrix is nonempty, and its file is not locked." ]

[<Fact>]
let ``every expression finds its bad sentence, and none finds a good one`` () =
    Assert.Equal(expressions.Length, bad.Length)

    for (expression, _), sentence in List.zip expressions bad do
        Assert.True(expression.IsMatch(sentence), $"'{expression}' does not find: {sentence}")

    Assert.Empty(List.collect phrases good)

[<Fact>]
let ``no source file is longer than 400 lines`` () =
    let sources = linesOf @"\.(fs|fsi|cs)$"
    Assert.NotEmpty sources

    let tooLong =
        [ for name, lines in sources do
              if lines.Length > 400 then
                  $"{name}: {lines.Length} lines" ]

    Assert.Empty tooLong

[<Fact>]
let ``source files that pages name exist`` () =
    let files =
        filesBelow (DirectoryInfo Repository.root)
        |> List.map (fun file -> "/" + Path.GetRelativePath(Repository.root, file.FullName).Replace('\\', '/'))

    let named =
        [ for page, lines in linesOf @"(^|/)\w+\.md$" do
              if not (page.EndsWith("CHANGELOG.md", StringComparison.Ordinal)) then
                  for line in lines do
                      for m in Regex.Matches(line, @"`([\w./-]+\.(?:fsi?|cs))`") do
                          page, m.Groups[1].Value ]

    Assert.True(named.Length > 20, "pages name no files")

    Assert.Empty(
        named
        |> List.filter (fun (_, name) ->
            // A name alone may be in any folder; a path ends like a file's.
            files
            |> List.forall (fun file -> not (file.EndsWith("/" + name, StringComparison.Ordinal))))
        |> List.map (fun (page, name) -> $"{page}: {name}")
    )
