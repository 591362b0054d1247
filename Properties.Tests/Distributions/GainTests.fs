/// Gains: PyTorch's table to the last digit, and computed gains against closed forms and another rule.
module Initializers.Properties.GainTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open MathNet.Numerics.Distributions
open Initializers.FSharp
open Initializers.Properties.Generators

/// A place of a kink or jump; a multiple of 1/2 is an end of a panel.
type Place = Place of float

/// A slope or depth of a negative side.
type Slope = Slope of float

type GainGenerators =
    static member Place() =
        // Also so near to a panel's end that no inner node lies between.
        let nearEnd =
            Gen.map2
                (fun n exponent -> float n / 2.0 + 10.0 ** float exponent)
                (Gen.choose (-6, 5))
                (Gen.choose (-12, -1))

        Gen.frequency
            [ 2, Gen.choose (-3000, 3000) |> Gen.map (fun n -> float n / 1000.0)
              1, nearEnd ]
        |> Gen.map Place
        |> Arb.fromGen

    static member Slope() =
        Gen.choose (-2000, 2000)
        |> Gen.map (fun n -> Slope(float n / 1000.0))
        |> Arb.fromGen

let private cdf x = Normal.CDF(0.0, 1.0, x)
let private density x = Normal.PDF(0.0, 1.0, x)

/// The gain of a second moment.
let private gain moment = 1.0 / sqrt moment

let private within tolerance (expected: float) (actual: Result<float, InitError list>) =
    abs (ok actual / expected - 1.0) < tolerance

let private near = within 1.0e-10

let private isNear name expected actual =
    Assert.True(near expected actual, $"{name}: {actual} and not {expected:R}")

/// Every case, with the default number where it has one.
let private everyCase =
    Nonlinearity.known |> List.map (fst >> Nonlinearity.parse >> ok)

// https://pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain
[<Fact>]
let ``PyTorch's table is met to the last digit`` () =
    for name in
        [ "linear"
          "conv1d"
          "conv2d"
          "conv3d"
          "conv_transpose1d"
          "conv_transpose2d"
          "conv_transpose3d"
          "sigmoid" ] do
        Assert.Equal(Ok 1.0, Nonlinearity.parse name |> Result.bind Gain.torch)

    let table name =
        ok (Nonlinearity.parse name |> Result.bind Gain.torch)
    // What Python prints, so equality of every bit.
    Assert.Equal(1.6666666666666667, table "tanh")
    Assert.Equal(1.4142135623730951, table "relu")
    Assert.Equal(1.4141428569978354, table "leaky_relu")
    Assert.Equal(1.3867504905630728, table "leaky_relu(0.2)")
    Assert.Equal(0.75, table "selu")
    // Linear's own a = sqrt 5 makes kaiming_uniform's bound 1/sqrt(fan_in).
    Assert.Equal(sqrt (1.0 / 3.0), ok (Gain.torch (Nonlinearity.LeakyRelu(sqrt 5.0))), 1.0e-16)

[<Fact>]
let ``a nonlinearity missing from the table is reported, and its forward gain recommended`` () =
    for case in everyCase do
        let name = Nonlinearity.toText case

        let listed =
            Gain.torchListed |> List.exists (fun n -> Nonlinearity.parse n = Ok case)

        if listed then
            Assert.Equal(Gain.torch case, Gain.recommended case)
        else
            Assert.Equal(Error [ InitError.GainNotTabulated(name, Gain.torchListed) ], Gain.torch case)
            Assert.Equal(Gain.forward case, Gain.recommended case)

    Assert.Equal<string list>([ "linear"; "sigmoid"; "tanh"; "relu"; "leaky_relu"; "selu" ], Gain.torchListed)

let private elu alpha =
    let e = exp 1.0

    0.5 + alpha * alpha * (e * e * cdf -2.0 - 2.0 * sqrt e * cdf -1.0 + 0.5), 0.5 + alpha * alpha * e * e * cdf -2.0

/// Closed forms of E[f²] and E[f'²].
let private closed =
    let pi = Math.PI

    [ Nonlinearity.Linear, 1.0, 1.0
      Nonlinearity.Relu, 0.5, 0.5
      Nonlinearity.LeakyRelu 0.2, 0.52, 0.52
      Nonlinearity.ReluSquared, 1.5, 2.0
      Nonlinearity.Relu6, cdf 6.0 - 0.5 - 6.0 * density 6.0 + 36.0 * cdf -6.0, cdf 6.0 - 0.5
      Nonlinearity.HardTanh, 1.0 - 2.0 * density 1.0, 1.0 - 2.0 * cdf -1.0
      // By Stein's lemma, E[z g(z)] = E[g'(z)].
      Nonlinearity.Gelu, 1.0 / 3.0 + 1.0 / (2.0 * pi * sqrt 3.0), 1.0 / 3.0 + 2.0 / (3.0 * pi * sqrt 3.0)
      for alpha in [ 1.0; 0.3; -2.0 ] do
          let forward, backward = elu alpha
          Nonlinearity.Elu alpha, forward, backward
      // Its constants are those for which a normal keeps mean 0 and second moment 1.
      let scale, alpha = 1.0507009873554804934, 1.6732632423543772848
      Nonlinearity.Selu, 1.0, scale * scale * snd (elu alpha) ]

[<Fact>]
let ``gains are those of the closed forms`` () =
    for case, forward, backward in closed do
        isNear $"forward {case}" (gain forward) (Gain.forward case)
        isNear $"backward {case}" (gain backward) (Gain.backward case)

[<Fact>]
let ``custom functions have the gains of the closed forms`` () =
    let e2 = exp -2.0

    for name, f, forward, backward in
        [ "relu", (fun x -> max x 0.0), 0.5, 0.5
          "identity", id, 1.0, 1.0
          "abs", abs, 1.0, 1.0
          "sine", sin, (1.0 - e2) / 2.0, (1.0 + e2) / 2.0
          // E sin² of wz is (1 - e^-2w²)/2.
          "siren", (fun x -> sin (30.0 * x)), 0.5, 450.0
          "erf", (fun x -> 2.0 * cdf x - 1.0), 1.0 / 3.0, 2.0 / (Math.PI * sqrt 3.0)
          "exp", exp, exp 2.0, exp 2.0
          "square", (fun x -> x * x), 3.0, 4.0
          "far offset", (fun x -> 100.0 + x), 10001.0, 1.0 ] do
        isNear name (gain forward) (Gain.forwardOf name f)
        isNear $"{name}'" (gain backward) (Gain.backwardOf name f)

    Assert.Equal(sqrt 2.0, ok (Gain.forwardOf "relu" (fun x -> max x 0.0)), 1.0e-12)

/// Every function but the piecewise ones, by its textbook form and with its derivative.
let private textbook: (Nonlinearity * (float -> float) * (float -> float)) list =
    let s x = 1.0 / (1.0 + exp -x)
    let softplus x = Math.Log(1.0 + exp x)
    let root = sqrt (2.0 / Math.PI)

    [ Nonlinearity.Sigmoid, s, (fun x -> s x * s -x)
      Nonlinearity.Tanh, tanh, (fun x -> 1.0 - tanh x * tanh x)
      Nonlinearity.Silu, (fun x -> x * s x), (fun x -> s x * (1.0 + x * s -x))
      Nonlinearity.QuickGelu,
      (fun x -> x * s (1.702 * x)),
      (fun x -> s (1.702 * x) * (1.0 + 1.702 * x * s (-1.702 * x)))
      Nonlinearity.Softplus, softplus, s
      Nonlinearity.LogSigmoid, (s >> log), (fun x -> s -x)
      Nonlinearity.Mish,
      (fun x -> x * tanh (softplus x)),
      (fun x ->
          let t = tanh (softplus x)
          t + x * (1.0 - t * t) * s x)
      Nonlinearity.GeluTanh,
      (fun x -> 0.5 * x * (1.0 + tanh (root * (x + 0.044715 * x * x * x)))),
      (fun x ->
          let t = tanh (root * (x + 0.044715 * x * x * x))

          0.5 * (1.0 + t)
          + 0.5 * x * (1.0 - t * t) * root * (1.0 + 3.0 * 0.044715 * x * x)) ]

/// E[f²] by the trapezium rule, whose error for functions analytic within d of the axis is about exp(-2 pi d / step):
/// the nearest singularity, of gelu_tanh, is farther than 0.9.
let private trapezium (f: float -> float) =
    let step = 1.0 / 32.0

    [ for i in -448 .. 448 do
          let x = float i * step
          f x * f x * density x * step ]
    |> List.sum

[<Fact>]
let ``gains of smooth functions are those of another rule`` () =
    for case, f, derivative in textbook do
        isNear $"forward {case}" (gain (trapezium f)) (Gain.forward case)
        isNear $"backward {case}" (gain (trapezium derivative)) (Gain.backward case)
        isNear $"forward of {case}'" (ok (Gain.backward case)) (Gain.forwardOf "derivative" derivative)

[<Fact>]
let ``every function is its textbook's, and has both gains`` () =
    for case in everyCase do
        let other =
            textbook |> List.tryPick (fun (c, f, _) -> if c = case then Some f else None)

        for i in -80 .. 80 do
            let x = float i / 10.0
            let y = Nonlinearity.apply case x

            match other with
            | Some f -> Assert.Equal(f x, y, 1.0e-13)
            | None -> Assert.True(Double.IsFinite y)

        Assert.InRange(ok (Gain.forward case), 0.5, 5.0)
        Assert.InRange(ok (Gain.backward case), 0.5, 10.0)

    // The piecewise ones at points of every piece.
    for case, points in
        [ Nonlinearity.Softsign, [ -3.0, -0.75; 1.0, 0.5 ]
          Nonlinearity.HardSigmoid, [ -4.0, 0.0; 0.0, 0.5; 1.5, 0.75; 4.0, 1.0 ]
          Nonlinearity.HardSwish, [ -4.0, 0.0; -1.5, -0.375; 1.5, 1.125; 4.0, 4.0 ]
          Nonlinearity.HardTanh, [ -2.0, -1.0; 0.5, 0.5; 2.0, 1.0 ]
          Nonlinearity.Relu6, [ -1.0, 0.0; 5.0, 5.0; 7.0, 6.0 ] ] do
        for x, y in points do
            Assert.Equal(y, Nonlinearity.apply case x, 1.0e-15)

    // Both have their kinks and singularities on the rule's grid.
    let half (f: float -> float) =
        let integrand = Func<float, float>(fun x -> f x * f x * density x)

        2.0
        * MathNet.Numerics.Integration.GaussLegendreRule.Integrate(integrand, 0.0, 12.0, 128)

    isNear "softsign" (gain (half (fun x -> x / (1.0 + x)))) (Gain.forward Nonlinearity.Softsign)
    isNear "softsign'" (gain (half (fun x -> 1.0 / ((1.0 + x) * (1.0 + x))))) (Gain.backward Nonlinearity.Softsign)

[<Properties(Arbitrary = [| typeof<Generators>; typeof<GainGenerators> |], MaxTest = 60)>]
module Kinks =
    [<Property>]
    let ``a kink anywhere is followed, both ways`` (Place c) =
        let f x = max (x - c) 0.0
        let fromEnd = abs (2.0 * c - round (2.0 * c)) / 2.0

        // A kink this close to the end of a panel is taken to be there. The second moment, cdf -c, loses or gains the part
        // between, which is half as much in the gain.
        let tolerance =
            if fromEnd > 0.0 && fromEnd < 1.0e-6 then
                1.0e-10 + 0.51 * fromEnd * density c / cdf -c
            else
                1.0e-10

        near (gain ((1.0 + c * c) * cdf -c - c * density c)) (Gain.forwardOf "hinge" f)
        && within tolerance (gain (cdf -c)) (Gain.backwardOf "hinge" f)

    [<Property>]
    let ``a jump anywhere is followed forward, and has no backward gain`` (Place c) =
        let f x = if x > c then 1.0 else 0.0

        near (gain (cdf -c)) (Gain.forwardOf "step" f)
        && match Gain.backwardOf "step" f with
           | Error [ InitError.ActivationNotSmooth("step", low, high) ] -> low <= c && c <= high
           | _ -> false

    [<Property>]
    let ``a leaky rectifier's gain is sqrt(2/(1 + a²)) both ways`` (Slope a) =
        let expected = ok (Gain.torch (Nonlinearity.LeakyRelu a))
        let f = Nonlinearity.apply (Nonlinearity.LeakyRelu a)

        Gain.forward (Nonlinearity.LeakyRelu a) = Ok expected
        && Gain.backward (Nonlinearity.LeakyRelu a) = Ok expected
        && near expected (Gain.forwardOf "leaky" f)
        && near expected (Gain.backwardOf "leaky" f)

    [<Property>]
    let ``a factor divides both gains`` (Slope c) =
        c = 0.0
        || let scaled x = c * tanh x in

           near (ok (Gain.forwardOf "tanh" tanh) / abs c) (Gain.forwardOf "scaled" scaled)
           && near (ok (Gain.backwardOf "tanh" tanh) / abs c) (Gain.backwardOf "scaled" scaled)

    [<Property>]
    let ``a nonlinearity is read as it is written`` (Slope a) =
        Nonlinearity.LeakyRelu a :: Nonlinearity.Elu a :: everyCase
        |> List.forall (fun case -> Nonlinearity.parse (Nonlinearity.toText case) = Ok case)

    [<Property>]
    let ``no text makes the reader throw`` (AnyText text) =
        match Nonlinearity.parse text with
        | Ok case -> Nonlinearity.toText case <> ""
        | Error faults -> faults.Length = 1

[<Fact>]
let ``every other name that the list tells is read`` () =
    for name, summary in Nonlinearity.known do
        match summary.Split "; also " with
        | [| _; names |] ->
            for other in names.Split ", " do
                Assert.Equal(Nonlinearity.parse name, Nonlinearity.parse other)
        | _ -> ()

[<Fact>]
let ``a wrong function has its code`` () =
    let faults result = codes result |> String.concat " "
    Assert.Equal("activation-undefined", faults (Gain.forwardOf "root" sqrt))
    Assert.Equal("activation-undefined", faults (Gain.backwardOf "thrower" (fun _ -> failwith "no.")))
    Assert.Equal("gain-not-finite", faults (Gain.forwardOf "zero" (fun _ -> 0.0)))
    Assert.Equal("gain-not-finite", faults (Gain.backwardOf "constant" (fun _ -> 3.0)))
    Assert.Equal("gain-not-finite", faults (Gain.forwardOf "huge" (fun x -> 1.0e200 * x)))
    Assert.Equal("gain-not-finite", faults (Gain.forward (Nonlinearity.Elu 1.0e200)))

    let random = Random 1
    Assert.Equal("activation-not-smooth", faults (Gain.forwardOf "noise" (fun _ -> random.NextDouble())))

    for bad in [ nan; infinity; -infinity ] do
        for compute in [ Gain.torch; Gain.forward; Gain.backward; Gain.recommended ] do
            Assert.Equal("not-finite", faults (compute (Nonlinearity.LeakyRelu bad)))

        Assert.Equal("not-finite", faults (Gain.forward (Nonlinearity.Elu bad)))

    Assert.Equal("not-finite", faults (Gain.torch (Nonlinearity.LeakyRelu 1.0e200)))
    Assert.Equal("nonlinearity-unknown", faults (Nonlinearity.parse "gelo"))
    Assert.Equal("nonlinearity-unknown", faults (Nonlinearity.parse ""))
    Assert.Equal("parameter-not-number", faults (Nonlinearity.parse "elu(one)"))
    Assert.Equal("parameter-unknown", faults (Nonlinearity.parse "relu(1)"))

[<Fact>]
let ``computed gains have these bits`` () =
    // From the platform's own functions they would differ from machine to machine in the last places.
    for name, forward, backward in
        [ "gelu", 1.5335304411955353, 1.4811144127083478
          "silu", 1.6765324703310909, 1.623320257952497
          "tanh", 1.5925374197228312, 1.4674135916307944
          "elu", 1.2451983007007066, 1.2234285575526205 ] do
        let case = ok (Nonlinearity.parse name)
        Assert.Equal(forward, ok (Gain.forward case))
        Assert.Equal(backward, ok (Gain.backward case))
