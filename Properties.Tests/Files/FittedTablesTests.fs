/// Tables as JSON: what another reader computes by them are the elements.
module Initializers.Properties.FittedTablesTests

open System
open System.Globalization
open System.Runtime.InteropServices
open System.Text.Json
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// The word at which the sides of a table meet, None for one side, and its coefficients, read from the JSON of one spec.
let private read<'real when 'real: struct and 'real: (new: unit -> 'real) and 'real :> ValueType>
    (dtype: string)
    (spec: string)
    : uint64 option * 'real[] =
    use json = JsonDocument.Parse(FittedTables.toJson [ spec ] |> ok)
    let table = json.RootElement.GetProperty("tables").[0].GetProperty dtype

    let split =
        match table.TryGetProperty "split" with
        | true, digits -> Some(UInt64.Parse(string digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        | _ -> None

    let bytes = table.GetProperty("coefficients").GetBytesFromBase64()
    split, MemoryMarshal.Cast<byte, 'real>(ReadOnlySpan bytes).ToArray()

let private table spec =
    let split, c = read<float32> "float32" spec
    QuantileTable(split.IsNone, uint32 (defaultArg split 0x80000000UL), LazyValue(fun () -> c))

let private table64 spec =
    let split, c = read<float> "float64" spec
    QuantileTable64(split.IsNone, defaultArg split 0x8000000000000000UL, LazyValue(fun () -> c))

/// What draws the elements of a spec.
let private draw dtype (spec: string) : ElementDraw =
    let plan =
        SpecText.parse spec
        |> Result.bind (fun spec -> Plan.resolve spec (shapeOf [ 1L ]) Fan.Unknown dtype)
        |> ok

    match plan.Body with
    | Structure.Elements draw -> draw
    | _ -> failwith $"{spec} is not one distribution"

/// Distributions of one side and of two, with and without a kink or a map.
let specs =
    TheoryData<string>(
        "normal",
        "truncated_normal",
        "trunc_normal(a=-1, b=0.5)",
        "triangular(low=-1, mode=-0.5, high=1)",
        "cauchy(scale=1e-6)",
        "reciprocal(uniform(1, 2))"
    )

[<Theory; MemberData(nameof specs)>]
let ``the JSON has the tables that elements are drawn by`` (spec: string) =
    match draw DType.Float32 spec, draw DType.Float64 spec with
    | ElementDraw.Single(Draw.Quantile(single, _, _, _, _)), ElementDraw.Double(Draw.Quantile(double, _, _, _, _)) ->
        Assert.Equal(single, table spec)
        Assert.Equal(double, table64 spec)
    | ElementDraw.Single(Draw.Normal _), ElementDraw.Double(Draw.Normal _) ->
        Assert.Equal(QuantileTable.normal, table spec)
        Assert.Equal(QuantileTable64.normal, table64 spec)
    | other -> failwith $"%A{other}"

[<Fact>]
let ``location, scale and clip change no table`` () =
    let json spec =
        let text = FittedTables.toJson [ spec ] |> ok
        text.Substring(text.IndexOf("float32", StringComparison.Ordinal))

    Assert.Equal(json "laplace", json "clip(-1, 1, scale(2, laplace(3, 4)))")
    Assert.NotEqual<string>(json "laplace", json "gumbel")

[<Fact>]
let ``a type that cannot hold a distribution is absent, and faults are reported where neither can`` () =
    let text = FittedTables.toJson [ "log_uniform(1e38, 1e39)" ] |> ok
    Assert.DoesNotContain("float32", text, StringComparison.Ordinal)
    Assert.Contains("float64", text, StringComparison.Ordinal)

    Assert.Equal<string list>(
        [ "overflows-dtype" ],
        codes (FittedTables.toJson [ "exp(normal(0, 1000))" ]) |> List.distinct
    )

[<Fact>]
let ``specs without a table are refused, all at once`` () =
    let specs =
        [ "uniform"; "he_normal"; "nonsense"; "orthogonal"; "sum([normal, normal])" ]

    let faults = codes (FittedTables.validate specs)
    Assert.Equal<string list>(codes (FittedTables.toJson specs), faults)

    Assert.Equal<string list>(
        [ "argument-invalid"
          "argument-invalid"
          "fan-missing"
          "rank-unsupported"
          "spec-unknown" ],
        List.sort faults
    )

    Assert.Equal<string list>([ "argument-missing" ], codes (FittedTables.validate []))
