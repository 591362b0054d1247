/// What docs/guarantees.md says, measured again.
module Initializers.Properties.GuaranteeTests

open System
open System.IO
open Microsoft.FSharp.NativeInterop
open Xunit
open Xunit.Abstractions
open Initializers.Properties

let private variable name =
    match Environment.GetEnvironmentVariable name with
    | null -> ""
    | text -> text

/// A name of a distribution, or nothing for all.
let private asked = variable "INITIALIZERS_GUARANTEES"

let private isWriting = variable "INITIALIZERS_GUARANTEES_WRITE" <> ""

/// One value for 1,024 words each.
let private steps: Enumeration.Evaluator =
    fun p count q ->
        for i in 0 .. count - 1 do
            NativePtr.set q i (float32 (NativePtr.get p i >>> 10))

/// The same with the words of one value set back by one, and so in two runs.
let private stepBack: Enumeration.Evaluator =
    fun p count q ->
        steps p count q

        for i in 0 .. count - 1 do
            let w = NativePtr.get p i

            if w >>> 10 = 2050u then
                NativePtr.set q i 2048.0f

let private measure =
    { Enumeration.plain None with
        Center = 2048.0
        Scale = 1024.0 }


type GuaranteeTests(output: ITestOutputHelper) =
    static member Names: TheoryData<string> =
        let data = TheoryData<string>()

        for subject in Guarantees.subjects do
            data.Add subject.Name

        data

    /// One distribution a test, so that none takes long.
    [<Theory; Trait("Category", "Long")>]
    [<MemberData(nameof GuaranteeTests.Names)>]
    member _.``all words have the page's numbers and keep its theorem``(name: string) =
        if asked = "" || asked = name then
            let subject = Guarantees.subjects |> List.find (fun subject -> subject.Name = name)

            let results =
                Guarantees.dtypes
                |> List.map (fun dtype -> dtype, Guarantees.measure subject dtype)

            let lines = GuaranteePage.section subject results
            lines |> List.iter output.WriteLine

            Assert.Empty
                [ for dtype, result in results do
                      match result with
                      | Ok result ->
                          for fault in Guarantees.faults subject dtype result do
                              $"{dtype}: {fault}"
                      | Error _ -> () ]

            let path = Repository.path GuaranteePage.file
            let page = if File.Exists path then File.ReadAllText path else ""

            if isWriting then
                File.WriteAllText(path, GuaranteePage.withSection page subject lines)
            else
                Assert.Equal(Some lines, GuaranteePage.sectionIn page subject)

    [<Fact>]
    member _.``the page has every distribution and nothing else``() =
        let page = File.ReadAllText(Repository.path GuaranteePage.file)

        for subject in Guarantees.subjects do
            match GuaranteePage.sectionIn page subject with
            | Some lines -> Assert.Equal(page, GuaranteePage.withSection page subject lines)
            | None -> Assert.Fail $"no section of {subject.Name}"

    [<Fact>]
    member _.``a run that borders of chunks cut is one run``() =
        let constant: Enumeration.Evaluator =
            fun _ count q ->
                for i in 0 .. count - 1 do
                    NativePtr.set q i 1.0f

        Assert.Equal(1L <<< 22, (Enumeration.measured measure constant 0L (1L <<< 22)).Longest)
        Assert.Equal(1024L, (Enumeration.measured measure steps 0L (1L <<< 22)).Longest)

    [<Fact>]
    member _.``values that a step back repeats are counted once``() =
        let report = Enumeration.measured measure stepBack 0L (1L <<< 22)
        Assert.Equal(1L, report.Decreases)
        Assert.Equal(4096L, report.Distinct)

        let struct (counts, runs) = WordPasses.counted stepBack report.Backs 0L (1L <<< 22)

        // 2048 twice and 2049 once; 2050 has no word.
        Assert.Equal(3L, runs)
        Assert.Equal(2048L, counts[2048.0f])
        Assert.Equal(2, counts.Count)

    [<Fact>]
    member _.``moments are those of the values``() =
        let report = Enumeration.measured measure steps 0L (1L <<< 22)
        // Of 0 to 4095: the variance of k consecutive integers is (k^2 - 1)/12.
        Assert.Equal(-0.5 / 1024.0, report.Moments[0], 12)
        Assert.Equal((4096.0 * 4096.0 - 1.0) / 12.0 / 1048576.0 + 0.25 / 1048576.0, report.Moments[1], 9)

    [<Fact>]
    member _.``a report outside a promise is a fault``() =
        let subject =
            Guarantees.subjects |> List.find (fun subject -> subject.Name = "normal")

        let report = Enumeration.measured measure stepBack 0L (1L <<< 22)

        let result: Guarantees.Result =
            { Report =
                { report with
                    Ulps = 4.5
                    Greatest = infinityf }
              Distinct = 0L
              Atom = 0L
              Asymmetries = Some 1L
              Moments = None }

        Assert.Equal(5, (Guarantees.faults subject Initializers.DType.Float32 result).Length)
