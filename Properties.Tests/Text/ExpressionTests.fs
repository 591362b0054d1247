/// Expressions: values, precedence, faults with columns, and texts of any length and depth.
module Initializers.Properties.ExpressionTests

open System
open Xunit
open Initializers
open Initializers.FSharp

let private shape (dims: int64 list) =
    match Shape.ofList dims with
    | Ok shape -> shape
    | Error faults -> failwith $"%A{faults}"

let private tensor (dims: int64 list) captures =
    TensorMatch("", Map.ofList captures, shape dims, "F32", Fan.From Layout.OutIn, None)

let private value (text: string) =
    (tensor [ 3L; 4L ] [ "i", "7"; "m", "h.0" ]).Evaluate text

[<Fact>]
let ``operators bind as in Python`` () =
    for text, expected in
        [ "1+2*3", 7.0
          "(1+2)*3", 9.0
          "-2^2", -4.0
          "(-2)^2", 4.0
          "2**3", 8.0
          "2^3^2", 512.0
          "2^-1*3", 1.5
          "2^-1^2", 0.5
          "10-4-3", 3.0
          "24/4/3", 2.0
          "--3", 3.0
          "2*-3", -6.0
          "1+2 == 3", 1.0
          "1 < 2", 1.0
          "2 <= 1", 0.0
          "1 != 1", 0.0
          "3 > 2", 1.0
          "2 >= 3", 0.0
          ".5", 0.5
          "1e3", 1000.0
          "2.5e-1", 0.25
          "pi", Math.PI
          " 1 + 1 ", 2.0 ] do
        Assert.Equal((text, Ok expected), (text, value text))

[<Fact>]
let ``functions and names have their values`` () =
    for text, expected in
        [ "sqrt(16)", 4.0
          "math.sqrt(16) + np.sqrt(4)", 6.0
          "log(1)", 0.0
          "log2(8)", 3.0
          "log2(0.125)", -3.0
          "exp(0)", 1.0
          "abs(-3)", 3.0
          "min(3, 1, 2)", 1.0
          "max(3, 1, 2)", 3.0
          "floor(-1.5)", -2.0
          "ceil(-1.5)", -1.0
          "round(2.5)", 2.0
          "pow(2, 10)", 1024.0
          "mod(-1, 3)", 2.0
          "mod(7, -3)", -2.0
          "and(12, 10)", 8.0
          "or(12, 10)", 14.0
          "xor(12, 10)", 6.0
          "parity(7)", 1.0
          "parity(6)", 0.0
          "where(1, 2, 1/0)", 2.0
          "where(i == 0, 1/i, where(i > 5, 10, 20))", 10.0
          "gain(relu)", Math.Sqrt 2.0
          "gain(leaky_relu(0))", Math.Sqrt 2.0
          "gain('linear')", 1.0
          "fan_in", 4.0
          "fan_out", 3.0
          "d0*10+d1", 34.0
          "rank", 2.0
          "size", 12.0
          "0.02/sqrt(2*(i+1))", 0.02 / Math.Sqrt 16.0 ] do
        Assert.Equal((text, Ok expected), (text, value text))

[<Fact>]
let ``a fault has its code and its column`` () =
    for text, code, column in
        [ "", "expression-syntax", 1
          "1+", "expression-syntax", 3
          "(1", "expression-syntax", 3
          "1)", "expression-syntax", 2
          "1 2", "expression-syntax", 3
          "1.2.3", "expression-syntax", 4
          "2 # 3", "expression-syntax", 3
          "1 < 2 < 3", "expression-syntax", 7
          "\"text\"", "expression-syntax", 1
          "count(\"a)", "expression-syntax", 7
          "1 + foo", "name-unknown", 5
          "d2", "name-unknown", 1
          "1 + tann(2)", "function-unknown", 5
          "2*sqrt(1, 2)", "arguments-wrong", 3
          "min()", "arguments-wrong", 1
          "where(1, 2)", "arguments-wrong", 1
          "dim(\"a\")", "arguments-wrong", 1
          "dim(\"a\", i)", "arguments-wrong", 1
          "gain(rellu)", "arguments-wrong", 6
          "1 + m", "capture-not-number", 5
          "2*3/0", "expression-undefined", 4
          "1+sqrt(-1)", "expression-undefined", 3
          "log(0)", "expression-undefined", 1
          "10^400", "expression-undefined", 3
          "and(0.5, 1)", "expression-undefined", 1
          "inf-inf", "expression-undefined", 4
          "1 + count(\"*\")", "model-missing", 5 ] do
        match value text with
        | Error [ InitError.InExpression(_, at, _) as fault ] ->
            Assert.Equal((text, code, column), (text, InitError.code fault, at))
        | other -> failwith $"{text}: %A{other}"

[<Fact>]
let ``texts of any length and depth are read without recursion`` () =
    let deep = String('(', 10000) + "1" + String(')', 10000)
    Assert.Equal(Ok 1.0, value deep)
    Assert.Equal(Ok 50000.0, value (String.Join("+", Seq.replicate 50000 "1")))
    Assert.Equal(Ok 1.0, value (String('-', 100000) + "1"))
    let calls = String.Join("", Seq.replicate 20000 "abs(") + "1" + String(')', 20000)
    Assert.Equal(Ok 1.0, value calls)

    match value (String('1', 200000)) with
    | Error [ fault ] -> Assert.Equal("expression-too-long", InitError.code fault)
    | other -> failwith $"%A{other}"

    match value (String('(', 100000)) with
    | Error [ fault ] ->
        Assert.Equal("expression-syntax", InitError.code fault)
        Assert.True((InitError.message fault).Length < 400)
    | other -> failwith $"%A{other}"

let private plan text dims =
    match SpecText.parse text with
    | Error faults -> Error(faults |> List.map InitError.code)
    | Ok spec ->
        Plan.plain spec (shape dims) (Fan.From Layout.OutIn)
        |> Result.mapError (List.map InitError.code)

[<Fact>]
let ``a text with expressions is the plain spec for its tensor`` () =
    for text, expected in
        [ "normal(stddev=0.02/sqrt(2*12))", Spec.normal 0.0 (0.02 / Math.Sqrt 24.0)
          "normal(stddev=sqrt(2/fan_in))", Spec.normal 0.0 (Math.Sqrt 0.5)
          "uniform(-1/d1, 1/d1)", Spec.uniform -0.25 0.25
          "scale(factor=1/rank, inner=normal(stddev=1/fan_out))", Spec.scale 0.5 (Spec.normal 0.0 (1.0 / 3.0))
          "stacked(axis=0, parts=[d0-1: zeros, 1: constant(value=fan_in)])",
          Spec.stacked 0 [ 2L, Spec.zeros; 1L, Spec.constant 4.0 ]
          "literal(values=[d0, 1/2], shape=[1, d0-1])", Spec.literal [ 1L; 2L ] [ 3.0; 0.5 ]
          "orthogonal(gain=gain(relu))", Spec.orthogonal (Math.Sqrt 2.0)
          "orthogonal(gain=sqrt(d1))", Spec.orthogonal 2.0
          "dirac(groups=d0)", Spec.dirac 3L
          "siren(w0=10*d0)", Spec.siren 30.0
          "kaiming_normal(mode='fan_out', negative_slope=1/d1)",
          Spec.kaiming 0.25 FanMode.FanOut DistributionFamily.Normal ] do
        Assert.Equal((text, Ok expected), (text, plan text [ 3L; 4L ]))

    Assert.Equal(Error [ "parameter-not-whole" ], plan "dirac(groups=d0/2)" [ 3L; 4L ])
    Assert.Equal(Error [ "not-positive" ], plan "siren(w0=d0-3)" [ 3L; 4L ])
    Assert.Equal(Error [ "expression-undefined"; "name-unknown" ], plan "normal(mean=1/(d0-3), stddev=d7)" [ 3L; 4L ])

[<Fact>]
let ``a text with expressions is written as it was read, in texts and JSON`` () =
    for text in
        [ "normal(stddev=sqrt(2/fan_in))"
          "scale(factor=2, inner=uniform(-1/d1, 1/d1))" ] do
        match SpecText.parse text with
        | Error faults -> failwith $"%A{faults}"
        | Ok spec ->
            Assert.Equal(Ok spec, SpecText.parse (SpecText.toText spec))
            Assert.Equal(Ok spec, SpecJson.parse (SpecJson.toJson spec))
            Assert.Equal(text, SpecText.toText spec)

[<Fact>]
let ``JSON takes expressions where it has numbers`` () =
    let json =
        """{"initializer": "stacked", "parts": [{"size": "d0-1", "inner": {"initializer": "normal", "stddev": "1/fan_in"}}, {"size": 1, "inner": "zeros"}]}"""

    let planned =
        SpecJson.parse json
        |> Result.bind (fun spec -> Plan.plain spec (shape [ 3L; 4L ]) (Fan.From Layout.OutIn))

    Assert.Equal(Ok(Spec.stacked 0 [ 2L, Spec.normal 0.0 0.25; 1L, Spec.zeros ]), planned)

[<Fact>]
let ``an F# function of the tensor is a spec`` () =
    let spec =
        Spec.ofMatch "half" (fun m -> m.Evaluate "d0/2" |> Result.map (Spec.normal 0.0))

    Assert.Equal(Ok(Spec.normal 0.0 1.5), Plan.plain spec (shape [ 3L ]) Fan.Unknown)

    let rec endless () : Spec =
        Spec.ofMatch "endless" (fun _ -> Ok(endless ()))

    Assert.Equal<string list>(
        [ "spec-too-deep" ],
        Validation.faults (Plan.plain (endless ()) (shape [ 3L ]) Fan.Unknown)
        |> List.map InitError.code
    )
