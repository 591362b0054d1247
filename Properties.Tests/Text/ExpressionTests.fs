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

    Assert.Equal(Error [ "name-unknown"; "name-unknown" ], plan "normal(stddev=foo*2 + bar)" [ 3L; 4L ])
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

    let numbers =
        SpecJson.parse """{"initializer": "literal", "values": ["d0/2", 1, "-inf"]}"""
        |> Result.bind (fun spec -> Plan.plain spec (shape [ 3L ]) Fan.Unknown)

    Assert.Equal(Ok(Spec.literal [ 3L ] [ 1.5; 1.0; -infinity ]), numbers)

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

[<Fact>]
let ``PyTorch's calls are read as they are pasted`` () =
    for call, plain in
        [ "nn.init.kaiming_uniform_(w, a=math.sqrt(5), mode='fan_in', nonlinearity='leaky_relu')",
          "kaiming_uniform(negative_slope=sqrt(5))"
          "torch.nn.init.kaiming_normal_(self.conv.weight, mode=\"fan_out\", nonlinearity='relu')",
          "kaiming_normal(mode=fan_out)"
          "nn.init.kaiming_normal_(m.weight, 0, 'fan_out', 'tanh')",
          "variance_scaling(scale=gain(tanh)^2, mode=fan_out, distribution=normal)"
          "init.kaiming_uniform_(w, nonlinearity='linear')", "lecun_uniform"
          "nn.init.kaiming_uniform_(self.weight, a=5**0.5)", "kaiming_uniform(negative_slope=sqrt(5))"
          "trunc_normal_(std=.02)", "trunc_normal(stddev=0.02)"
          "nn.init.trunc_normal_(self.pos_embed, std=.02)", "trunc_normal(stddev=0.02)"
          "trunc_normal_(m.weight, mean=0., std=0.02, a=-2, b=2)", "trunc_normal(stddev=0.02)"
          "constant_(val=0.1)", "constant(value=0.1)"
          "nn.init.constant_(layers[0].bias, 0)", "zeros"
          "eye_", "identity"
          "nn.init.eye_(w)", "identity"
          "uniform_(a=-0.1, b=0.1)", "uniform(low=-0.1, high=0.1)"
          "nn.init.uniform_(w, -0.1, 0.1)", "uniform(low=-0.1, high=0.1)"
          "nn.init.normal_(w, 0.0, 0.02, generator=None)", "normal(stddev=0.02)"
          "nn.init.xavier_uniform_(w, gain=nn.init.calculate_gain('relu'))", "glorot_uniform(gain=sqrt(2))"
          "nn.init.xavier_normal_(w, gain=init.calculate_gain('leaky_relu', 0))", "glorot_normal(gain=sqrt(2))"
          "nn.init.xavier_uniform(w)", "glorot_uniform"
          "nn.init.orthogonal_(lstm.weight_hh_l0)", "orthogonal"
          "nn.init.sparse_(w, sparsity=0.1, std=0.02)", "sparse(sparsity=0.1, inner=normal(stddev=0.02))"
          "nn.init.dirac_(w, 2)", "dirac(groups=2)"
          "module.weight.data.normal_(mean=0.0, std=0.02)", "normal(stddev=0.02)"
          "w.uniform_(-1, 1)", "uniform(low=-1, high=1)"
          "m.bias.data.zero_()", "zeros"
          "m.weight.data.fill_(1.0)", "ones"
          "w.cauchy_(0, 2)", "cauchy(loc=0, scale=2)"
          "w.exponential_(2)", "exponential(scale=0.5)"
          "w.log_normal_()", "exp(normal(mean=1, stddev=2))"
          "nn.init.constant_(m.bias, float('-inf'));", "constant(value=-inf)" ] do
        Assert.Equal((call, SpecText.parse plain), (call, SpecText.parse call))

    for call, code in
        [ "nn.init.normal_(w, generator=g)", "call-unsupported"
          "nn.init.norm_(w)", "call-unsupported"
          "w.copy_(v)", "call-unsupported"
          "nn.init.kaiming_normal_(w, nonlinearity='swoosh')", "arguments-wrong"
          "nn.init.uniform_(w, 1, 2, 3)", "parameter-unknown" ] do
        Assert.Equal<string list>([ code ], Validation.faults (SpecText.parse call) |> List.map InitError.code)
