/// Reports of signals: weights that can be drawn again, suggestions, verdicts and faults.
module Initializers.Properties.PropagationTests

open System
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.PropagationTheoryTests

[<Fact>]
let ``the weights are the seed's tensors of the layers' names`` () =
    let settings =
        { small with
            Specs = [ Spec.heUniform ]
            Bias = Spec.normal 0.0 0.3 }

    let report = (run settings).Specs.Head

    let draw name dims spec =
        use tensor = ok (Init.tensor dims Layout.OutIn (Seed.child name settings.Seed) spec)
        tensor.ToArray<float32>() |> Array.map float

    let normal name =
        draw name [ 12; 6 ] (Spec.normal 0.0 1.0)

    let inputs =
        normal "inputs"
        |> fun x ->
            x
            |> Array.mapi (fun i value ->
                if i % 6 < 3 then
                    value
                else
                    0.5 * x[i - 3] + sqrt 0.75 * value)

    let weights =
        [ for l in 0..2 -> draw $"layer.{l}.weight" [ 12; 12 ] Spec.heUniform ]

    let biases = [ for l in 0..2 -> draw $"layer.{l}.bias" [ 12 ] settings.Bias ]

    let stddev (x: float[]) =
        let mean = Array.average x
        sqrt (x |> Array.averageBy (fun v -> (v - mean) * (v - mean)))

    let times transposed (w: float[]) (x: float[]) =
        Array.init 72 (fun i ->
            List.sum
                [ for t in 0..11 do
                      (if transposed then w[t * 12 + i / 6] else w[i / 6 * 12 + t]) * x[t * 6 + i % 6] ])

    let signals =
        List.zip weights biases
        |> List.scan
            (fun (x: float[], isFirst) (w, b) ->
                let input = if isFirst then x else Array.map tanh x
                times false w input |> Array.mapi (fun i z -> z + b[i / 6]), false)
            (inputs, true)
        |> List.tail
        |> List.map fst

    let gradients =
        List.zip weights.Tail signals[..1]
        |> List.rev
        |> List.scan
            (fun g (w, z) -> Array.map2 (fun z g -> (1.0 - tanh z * tanh z) * g) z (times true w g))
            (normal "gradient")
        |> List.rev

    List.iter2 (fun z found -> Assert.Equal(stddev z, found, 1.0e-10)) signals report.Forward.Mean
    List.iter2 (fun g found -> Assert.Equal(stddev g, found, 1.0e-8)) gradients report.Backward.Mean

[<Fact>]
let ``suggestions keep the length`` () =
    let theory settings =
        (run
            { settings with
                Seeds = 1
                Width = 8
                Batch = 2 })
            .Specs
        |> List.map (fun spec ->
            match spec.Theory with
            | Ok curves -> List.last curves.Forward
            | Error reason -> failwith reason)

    for activation in [ Nonlinearity.Tanh; Nonlinearity.Gelu; Nonlinearity.Silu ] do
        let settings =
            { Propagation.defaults with
                Depth = 3
                Activation = activation
                Specs = [ Spec.Orthogonal 1.0; Spec.glorotUniform; Spec.normal 0.0 0.5 ] }

        let suggested = ok (Propagation.suggest settings)
        Assert.Equal(3, suggested.Specs.Length)

        let weight = 1.0 / ok (MeanField.activity activation 1.0)

        for spec in suggested.Specs do
            let tensor = ok (Stages.tensor [ 64L; 64L ] spec) "w"
            Assert.Equal(weight, 64.0 * tensor.Variance, 1.0e-9)

    // A length of 1 stays for tanh, whose map is stable there.
    let tanh =
        { Propagation.defaults with
            Depth = 40
            Activation = Nonlinearity.Tanh
            Specs = [ Spec.lecunNormal ] }

    Assert.All(theory (ok (Propagation.suggest tanh)), fun length -> Assert.Equal(1.0, length, 1.0e-6))
    // Residual stacks reach a squared length of 2.
    let residual =
        { tanh with
            Stack = Stack.Residual 1.0
            Activation = Nonlinearity.Relu }

    Assert.All(theory (ok (Propagation.suggest residual)), fun length -> Assert.Equal(sqrt 2.0, length, 1.0e-4))
    Assert.All(theory residual, fun length -> Assert.True(length > 100.0))

[<Fact>]
let ``verdicts are those of the last layer against the first`` () =
    let verdicts spec =
        let report =
            (run
                { Propagation.defaults with
                    Width = 64
                    Batch = 8
                    Specs = [ spec ] })
                .Specs.Head

        report.ForwardVerdict, report.BackwardVerdict

    Assert.Equal((SignalVerdict.Vanishes, SignalVerdict.Vanishes), verdicts Spec.glorotNormal)
    Assert.Equal((SignalVerdict.Explodes, SignalVerdict.Explodes), verdicts (Spec.normal 0.0 1.0))
    Assert.Equal((SignalVerdict.Vanishes, SignalVerdict.Vanishes), verdicts Spec.zeros)
    Assert.Equal(SignalVerdict.Holds, fst (verdicts (Spec.scale 1.02 Spec.heNormal)))

[<Fact>]
let ``weights that theory says nothing about have a reason`` () =
    for spec, reason in
        [ Spec.ones, "the mean of layer.0.weight is not 0"
          Spec.cauchy 0.0 0.01, "the variance of layer.0.weight is not finite" ] do
        Assert.Equal(Error reason, (run { small with Specs = [ spec ] }).Specs.Head.Theory)

[<Fact>]
let ``every fault of settings is reported at once`` () =
    let codes settings =
        match Propagation.validate settings with
        | Ok() -> []
        | Error faults -> faults |> List.map InitError.code

    Assert.Equal<string list>(
        [ "parameter-out-of-range"
          "parameter-out-of-range"
          "parameter-out-of-range"
          "parameter-out-of-range"
          "argument-invalid"
          "not-finite"
          "argument-missing" ],
        codes
            { small with
                Depth = 0
                Width = 0
                Batch = 1
                Seeds = 0
                Correlation = 2.0
                Activation = Nonlinearity.Elu nan
                Specs = [] }
    )

    Assert.Equal<string list>(
        [ "heads-uneven"; "parameter-out-of-range"; "not-finite" ],
        codes
            { small with
                Stack = Stack.Transformer(5, 0, Normalization.None, nan) }
    )

    Assert.Equal<string list>(
        [ "stddev-negative"; "stddev-negative" ],
        codes
            { small with
                Specs = [ Spec.normal 0.0 -1.0; Spec.normal 0.0 -2.0 ] }
    )

    Assert.Equal<string list>(
        [ "parameter-out-of-range" ],
        codes
            { small with
                Width = 4096
                Jacobian = true }
    )

    Assert.Equal<string list>(
        [ "memory-exhausted" ],
        codes
            { small with
                Width = 16384
                Batch = 65536
                Stack = Stack.Convolution(31, 256) }
        |> List.distinct
    )

[<Fact>]
let ``a run can be cancelled`` () =
    use source = new CancellationTokenSource()
    source.Cancel()

    match Propagation.run small source.Token with
    | Error [ InitError.Cancelled ] -> ()
    | other -> failwith $"{other}"
