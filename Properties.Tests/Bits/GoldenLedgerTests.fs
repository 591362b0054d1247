/// The ledger of the golden files. The comparison with the repository's history is Golden.Tool's, which `.ci/golden` runs.
module Initializers.Properties.GoldenLedgerTests

open System.IO
open Xunit
open Initializers.FSharp
open Initializers.Properties

let private text name =
    File.ReadAllText(Path.Combine(Repository.path Golden.folder, name))

let private cases =
    lazy
        [ for dtype in Golden.dtypes do
              yield! GoldenLedger.ofFile (DType.toText dtype) (text (Golden.fileName dtype)) ]

let private ledger = lazy GoldenLedger.parse (text GoldenLedger.fileName)

[<Fact>]
let ``every golden case is what the ledger has of it, and every line of its version has its case`` () =
    let entries, faults = ledger.Value
    Assert.Empty faults
    Assert.Equal(Golden.dtypes.Length * Golden.all.Length, cases.Value.Length)
    Assert.Empty(GoldenLedger.disagreements entries cases.Value)

[<Fact>]
let ``the ledger is written as it reads, and no version is newer than the core's`` () =
    let entries = fst ledger.Value
    Assert.Equal(text GoldenLedger.fileName, GoldenLedger.render entries)
    Assert.Equal(Plan.bitsVersion, entries |> List.map _.Version |> List.max)

let private entry version dtype case digest : GoldenLedger.Entry =
    { Version = version
      DType = dtype
      Case = case
      Digest = String.replicate 64 digest }

let private one = entry 1 "float32" "normal of a bare seed" "a"
let private two = entry 1 "float32" "ones" "b"
let private half = entry 1 "float16" "ones" "c"

[<Fact>]
let ``a case that is changed, new without a line, or gone disagrees with the ledger`` () =
    let says expected ledger cases =
        Assert.Equal<string list>(expected, GoldenLedger.disagreements ledger cases)

    says [] [ one; two; half ] [ half; two; one ]

    says
        [ "version 1, float32, 'ones' is not what the ledger has of it" ]
        [ one; two ]
        [ one; { two with Digest = one.Digest } ]

    says [ "version 1, float32, 'ones' has no line in the ledger" ] [ one ] [ one; two ]
    says [ "version 1, float32, 'ones' has a line in the ledger and is gone" ] [ one; two ] [ one ]
    // Lines of an older version stay; the files are of the new one.
    says
        []
        [ one
          two
          { one with
              Version = 2
              Digest = two.Digest } ]
        [ { one with
              Version = 2
              Digest = two.Digest } ]

[<Fact>]
let ``what an earlier state had is kept, of its first state, and what is added is no change`` () =
    let says expected earlier now =
        Assert.Equal<string list>(expected, GoldenLedger.changes earlier now)

    let other = { two with Digest = one.Digest }
    says [] [ "A", [ one ]; "B", [ one; two ] ] [ one; two; half ]
    says [ "version 1, float32, 'ones' is not what B had" ] [ "A", [ one ]; "B", [ one; two ] ] [ one; other ]
    says [ "version 1, float32, 'ones' is gone, which B had" ] [ "A", [ one ]; "B", [ one; two ] ] [ one ]
    // A change that is committed is one too, until it is taken back.
    says [ "version 1, float32, 'ones' is not what A had" ] [ "A", [ two ]; "B", [ other ] ] [ other ]
    says [] [ "A", [ two ]; "B", [ other ] ] [ two ]
    says [] [ "A", [ two ] ] [ two; { other with Version = 2 } ]

[<Fact>]
let ``malformed lines and lines given twice are reported`` () =
    let good = GoldenLedger.render [ one; two; half ]
    Assert.Equal((([ one; two; half ]: GoldenLedger.Entry list), ([]: string list)), GoldenLedger.parse good)

    for bad in
        [ "0 float32 " + one.Digest + " x"
          "1 float32 " + one.Digest
          "1 float32 " + one.Digest + " "
          "1 float32 abc x"
          "1  float32 " + one.Digest + " x"
          "<<<<<<< HEAD" ] do
        Assert.Equal<string list>(
            [ $"line 4 of the ledger cannot be read: {bad}" ],
            snd (GoldenLedger.parse (good + bad + "\n"))
        )

    Assert.Equal<string list>(
        [ "the ledger has 2 lines of version 1, float32, 'ones'" ],
        snd (GoldenLedger.parse (good + GoldenLedger.render [ { two with Digest = one.Digest } ]))
    )

[<Fact>]
let ``only what the ledger lacks is added to it`` () =
    Assert.Equal<GoldenLedger.Entry list>([ half ], GoldenLedger.missing [ one; two ] [ two; half; one ])
    // A changed case is not added: it disagrees.
    Assert.Empty(GoldenLedger.missing [ one ] [ { one with Digest = two.Digest } ])
