/// The rules of who may import what, read off the sources.
module Initializers.Properties.ArchitectureTests

open System
open System.IO
open System.Text.RegularExpressions
open Xunit
open Initializers.Properties

/// F# or C# without comments, so that a file may speak of what it must not use. Strings stay.
let private code (text: string) =
    let noBlocks =
        Regex.Replace(text, @"\(\*(?!\)).*?\*\)|/\*.*?\*/", "", RegexOptions.Singleline)

    Regex.Replace(noBlocks, @"(?<!:)//.*", "")

let private sourcesBelow (folder: string) : (string * string) list =
    let root = Repository.path folder

    if Directory.Exists root then
        [ for file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories) do
              let relative = Path.GetRelativePath(Repository.root, file).Replace('\\', '/')

              if
                  Regex.IsMatch(relative, @"\.(fs|fsi|fsx|cs)$")
                  && not (Regex.IsMatch(relative, "(^|/)(bin|obj)/"))
              then
                  relative, code (File.ReadAllText file) ]
    else
        []

/// Matches of a pattern in the code of files, as file: match.
let private found (pattern: string) (sources: (string * string) list) =
    [ for name, text in sources do
          for m in Regex.Matches(text, pattern) do
              $"{name}: {m.Value}" ]

let private none pattern sources =
    Assert.NotEmpty sources
    Assert.Empty(found pattern sources)

let private projects =
    Directory.EnumerateFiles(Repository.root, "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> not (Regex.IsMatch(file.Replace('\\', '/'), "/(bin|obj|paket-files|\.paket)/")))
    |> Seq.map (fun file -> Path.GetRelativePath(Repository.root, file).Replace('\\', '/'), File.ReadAllText file)
    |> List.ofSeq

let private references (project: string) =
    [ for m in Regex.Matches(project, "<ProjectReference\\s+Include=\"([^\"]+)\"") ->
          m.Groups[1].Value.Replace('\\', '/') ]

[<Fact>]
let ``Pure opens no ILGPU, no kernels and no input or output`` () =
    sourcesBelow "Core.FSharp/Pure"
    |> none
        @"\bopen\s+ILGPU\b|\bILGPU\.\w|\bSystem\.IO\b|\bopen\s+IO\b|\bIO\.(File|Path|Stream)|\bInitializers\.Kernels\b|\bSystem\.Net\b|\bConsole\b"

[<Fact>]
let ``Lanes see no spec, plan, fan or law`` () =
    let sources = sourcesBelow "Core.FSharp/Lanes"
    none @"\b(Spec|Plan|Fan|FanMode|Distribution|Resolved|Body|Seed|Shape|InitError)\b" sources
    none @"\bInitializers\.FSharp\b|\bResult\b|\braise\b|\bfailwith" sources

/// What a room of the core does not speak of, since it lies beyond the room.
let private beyond =
    [ "Execution/Cpu",
      @"\b(Spec|Fan|Distribution|Blueprint|Kernels|GpuKernels|Orthogonal|SmallestWords|TensorWindow|StructureFill|Backends|Tensor)\b"
      "Execution/Gpu",
      @"\b(Spec|Fan|Distribution|Blueprint|Orthogonal|SmallestWords|TensorWindow|StructureFill|(?<!ILGPU\.)Backends|Tensor)\b"
      "Execution/Matrices",
      @"\b(Spec|Fan|Distribution|Blueprint|Kernels|GpuKernels|TensorWindow|StructureFill|Backends|Tensor)\b"
      "Execution/Structures", @"\b(Spec|Fan|Distribution|Blueprint|Kernels|GpuKernels|Backends|Tensor)\b"
      "Execution", @"\bInitializers\.Files\b|\bSystem\.IO\b"
      "Files", @"\b(Lane|Philox|Transforms|Transforms64)\b"
      "Files/Formats", @"\b(Output|Inspection|Verification|AtomicFile|ElementStream|Request)\b"
      "Files/Writing", @"\b(Inspection|Verification)\b|(?<!Cancellation\.)\bRequest\b" ]

[<Fact>]
let ``rooms speak of nothing beyond them`` () =
    for room, words in beyond do
        sourcesBelow $"Core.FSharp/{room}"
        // A namespace is no use of what is in it.
        |> List.map (fun (name, text) ->
            name, Regex.Replace(text, @"(?m)^\s*(namespace|open)\s+[\w.]+\.Kernels\s*$", ""))
        |> none words

[<Fact>]
let ``what ends in bits calls no transcendental function of the platform and no MathNet`` () =
    let sources =
        sourcesBelow "Core.FSharp"
        |> List.filter (fun (name, _) -> not (Regex.IsMatch(name, @"/Distribution(Parts|Check)?\.fsi?$")))
        // The caller's matrices are memory to fill there.
        |> List.map (fun (name, text) ->
            if name.EndsWith "/HostMemory.fs" then
                name, Regex.Replace(text, @"(?m)^open MathNet\.Numerics\.LinearAlgebra(\.Storage)?$", "")
            else
                name, text)

    none
        @"\bMathF?\.(Pow|Exp|Log|Log2|Log10|ILogB|Sin|Cos|Tan|Asin|Acos|Atan|Atan2|Sinh|Cosh|Tanh|Cbrt)\b|\bMathNet\b|\*\*"
        sources

    // F#'s own names for the same functions; Exact has members of these names, which are called through it.
    for file in
        [ "Plan.fs"
          "NormalTable.fs"
          "Fan.fs"
          "Spec.fs"
          "StftKernel.fs"
          "Operation.fs"
          "IndexFormula.fs" ] do
        sources
        |> List.filter (fun (name, _) -> name.EndsWith("/" + file, StringComparison.Ordinal))
        |> none @"(?<![\w.])(exp|log|log10|sin|cos|tan|pown)\s"

/// The folders of compiled files, each as often as it is entered.
let private compiled (depth: string) =
    Regex.Matches(File.ReadAllText(Repository.path "Core.FSharp/Core.FSharp.fsproj"), $"<Compile Include=\"({depth})/")
    |> Seq.map _.Groups[1].Value
    |> Seq.fold
        (fun runs folder ->
            if List.tryHead runs = Some folder then
                runs
            else
                folder :: runs)
        []
    |> List.rev

[<Fact>]
let ``the core compiles floor by floor, and Pure room by room`` () =
    // F# sees only what is compiled before it: a room imports nothing from those after it.
    Assert.Equal<string list>([ "Pure"; "Lanes"; "Execution"; "Files" ], compiled @"\w+")

    Assert.Equal<string list>(
        [ "Basics"
          "Errors"
          "Distributions"
          "Fans"
          "Expressions"
          "Specs"
          "Text"
          "Plan"
          "Models" ]
        |> List.map (fun room -> $"Pure/{room}"),
        compiled @"Pure/\w+"
    )

[<Fact>]
let ``plans are made without texts`` () =
    let defined =
        [ for _, text in sourcesBelow "Core.FSharp/Pure/Text" do
              for m in Regex.Matches(text, @"(?m)^(?:module|type)\s+(?:(?:internal|private|rec)\s+)*(\w+)") do
                  m.Groups[1].Value ]
        |> List.distinct

    Assert.Contains("SpecText", defined)
    let names = String.Join("|", defined)
    sourcesBelow "Core.FSharp/Pure/Plan" |> none $@"\b({names})\b"

[<Fact>]
let ``the command line uses the facade and pictures, and pictures the facade alone`` () =
    let referred = Repository.path >> File.ReadAllText >> references
    let facade = "../Facade.CSharp/Facade.CSharp.csproj"
    let pictures = "../Plots.CSharp/Plots.CSharp.csproj"
    Assert.Equal<string list>([ facade; pictures ], referred "Cli.CSharp/Cli.CSharp.csproj")
    Assert.Equal<string list>([ facade ], referred "Plots.CSharp/Plots.CSharp.csproj")
    Assert.Equal<string list>([ facade ], referred "Cli.Native/Cli.Native.csproj")

    [ "Cli.CSharp"; "Cli.Native"; "Plots.CSharp" ]
    |> List.collect sourcesBelow
    |> none @"\bInitializers\.(FSharp|Kernels)\b|\bMicrosoft\.FSharp\b|\bILGPU\b"

    let packages = File.ReadAllText(Repository.path "Cli.CSharp/paket.references")
    Assert.DoesNotMatch(@"(?i)\b(ILGPU|FSharp\.Core|MathNet)", packages)

[<Fact>]
let ``libraries speak of no option of a command line`` () =
    let sources =
        [ for folder in [ "Core.FSharp"; "Facade.CSharp" ] do
              for name, _ in sourcesBelow folder do
                  // Documentation is read by callers too, so comments count.
                  name, File.ReadAllText(Repository.path name) ]

    none @"--[a-z][\w-]*" sources
    Assert.NotEmpty(found @"--[a-z][\w-]*" (sourcesBelow "Cli.CSharp"))

[<Fact>]
let ``the core refers to no project, and the facade to the core alone`` () =
    let read = Repository.path >> File.ReadAllText >> references
    Assert.Empty(read "Core.FSharp/Core.FSharp.fsproj")
    Assert.Equal<string list>([ "../Core.FSharp/Core.FSharp.fsproj" ], read "Facade.CSharp/Facade.CSharp.csproj")

[<Fact>]
let ``internals are shown to ILGPU's launchers and to tests alone`` () =
    let shown =
        [ for name, text in projects do
              for m in Regex.Matches(text, "<InternalsVisibleTo\\s+Include=\"([^\"]+)\"") do
                  name, m.Groups[1].Value

          for name, text in List.collect sourcesBelow [ "Core.FSharp"; "Facade.CSharp"; "Cli.CSharp" ] do
              for m in Regex.Matches(text, "InternalsVisibleTo\\w*\\s*\\(\\s*\"([^\",]+)") do
                  name, m.Groups[1].Value ]

    Assert.NotEmpty shown

    Assert.All(
        shown,
        fun (_, target) ->
            Assert.True(target = "ILGPURuntime" || target.EndsWith(".Tests", StringComparison.Ordinal), target)
    )

    // The core shows its internals to its own tests, not to the facade's.
    Assert.Equal<(string * string) list>(
        [ "Core.FSharp/Core.FSharp.fsproj", "ILGPURuntime"
          "Core.FSharp/Core.FSharp.fsproj", "Properties.Tests" ],
        shown
        |> List.filter (fun (name, _) -> name.StartsWith("Core.", StringComparison.Ordinal))
    )

[<Fact>]
let ``no test writes golden files or the record of the public API`` () =
    let tests =
        List.collect sourcesBelow [ "Properties.Tests"; "Facade.Tests"; "Facade.FSharp.Tests" ]

    let golden =
        tests
        |> List.filter (fun (_, text) -> Regex.IsMatch(text, "(?i)golden|PublicApi"))

    none @"\bFile\.(Write|Create|Open|Append|Copy|Move|Replace|Delete)|\bStreamWriter\b|\bFileStream\b" golden
    // Nor does a test start the tool that does, but to check.
    let checks, others =
        golden
        |> List.filter (fun (name, _) -> not (name.EndsWith "ArchitectureTests.fs"))
        |> List.partition (fun (name, _) -> name.EndsWith "/ProcessTests.fs")

    none @"\bProcess(StartInfo)?\b" others

    for _, text in checks do
        let started = Regex.Matches(text, @"\bProcessStartInfo\(.*\)")

        Assert.Equal<string list>(
            [ "ProcessStartInfo(\"dotnet\", [ tool; \"check\" ])" ],
            started |> Seq.map _.Value |> List.ofSeq
        )

[<Fact>]
let ``the reference opens nothing that it is there to check`` () =
    for file in [ "Reference.fs"; "ReferenceOrthogonal.fs" ] do
        let text =
            code (File.ReadAllText(Repository.path $"Properties.Tests/Reference/{file}"))

        Assert.DoesNotMatch(
            @"\b(Kernels|Lane|Lanes|Tiles|Transforms|Philox|Instructions|Initialize|Body|Seed\.)\b",
            text
        )

[<Fact>]
let ``comments are no code, and code is`` () =
    Assert.DoesNotContain("ILGPU", code "let x = 1 // ILGPU\n/// ILGPU\n(* ILGPU *)")
    Assert.Contains("ILGPU", code "open ILGPU // why")
    Assert.NotEmpty(found @"\bILGPU\b" [ "a.fs", code "open ILGPU" ])

/// Lines of code without comments, imports and lone brackets.
let private substance (text: string) : string[] =
    text.Split '\n'
    |> Array.map _.Trim()
    |> Array.filter (fun line -> line.Length > 3 && not (Regex.IsMatch(line, @"^(open|using)\s")))

/// Runs of this many lines that several texts share, as the texts' names.
let private shared (length: int) (texts: (string * string) list) : string list list =
    [ for name, text in texts do
          for run in Array.windowed length (substance text) do
              String.Join('\n', run), name ]
    |> List.groupBy fst
    |> List.map (fun (_, places) -> places |> List.map snd |> List.distinct)
    |> List.filter (fun names -> names.Length > 1)
    |> List.distinct

[<Fact>]
let ``no eight lines of code are in two files`` () =
    let sources =
        List.collect sourcesBelow [ "Core.FSharp"; "Facade.CSharp"; "Cli.CSharp" ]

    Assert.Empty(shared 8 (sources |> List.filter (fun (name, _) -> not (name.EndsWith ".fsi"))))
    // A copy is found.
    let first = snd sources.Head
    Assert.NotEmpty(shared 8 [ "a", first; "b", first ])
