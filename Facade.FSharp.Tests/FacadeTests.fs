module Initializers.Facade.FSharp.FacadeTests

open System
open Initializers
open Initializers.Stateful
open Xunit

let private values (tensor: Tensor) =
    use tensor = tensor
    tensor.ToArray<float32>()

type private Embedding() =
    inherit Initializer()
    override _.Spec = InitializerSpec.Normal(0.0, 0.02)

[<Fact>]
let ``arguments go by name, and names and keys become devices and seeds`` () =
    let expected =
        values (KaimingNormal().CreateVariables([| 512L; 256L |], Layout.OutIn, seed = Seed.FromUInt64 42UL))

    let shape = [| 512L; 256L |]
    Assert.Equal<float32>(expected, values (KaimingNormal().CreateVariables(shape, fanIn = 256.0, seed = 42UL)))

    Assert.Equal<float32>(
        expected,
        values (
            KaimingNormal().CreateVariables(shape, device = "cpu", fanIn = 256.0, dtype = DType.Float32, seed = 42UL)
        )
    )

    let init: Initializer = KaimingNormal()
    Assert.Equal<float32>(expected, values (init.CreateVariables(shape, fanIn = 256.0, seed = 42UL)))

[<Fact>]
let ``the slope is a named argument or a property`` () =
    let shape = [| 64L; 32L |]

    let expected =
        values (KaimingNormal().CreateVariables(shape, fanIn = 32.0, negativeSlope = 0.1, seed = 42UL))

    let byProperty = KaimingNormal(NegativeSlope = 0.1)
    Assert.Equal<float32>(expected, values (byProperty.CreateVariables(shape, fanIn = 32.0, seed = 42UL)))

[<Fact>]
let ``constructors take modes as enums or as Ivy's names`` () =
    Assert.Equal(Uniform(6.0, FanMode.FanSum, 0.5, 1.0).Spec, Uniform(6.0, "fan_sum", 0.5, 1.0).Spec)
    Assert.Equal(KaimingNormal(fanMode = FanMode.FanOut).Spec, KaimingNormal("fan_out").Spec)
    Assert.Equal(FanMode.FanAvg, FanModes.Parse "fan_avg")
    Assert.Equal("fan_avg", FanModes.ToText FanMode.FanAvg)
    Assert.Equal(DType.BFloat16, DTypes.Parse "bfloat16")
    Assert.Equal(Layout.OutInSpatial, Layouts.Parse "oihw")
    Assert.Equal(42UL, nonNull(RandomNormal(seed = 42UL).Seed).Key)

[<Fact>]
let ``spans of the caller's are filled`` () =
    let memory = Array.zeroCreate<float32> 100
    RandomNormal(stddev = 0.02).Fill(Span memory, seed = 42UL)
    Assert.Equal<float32>(values (Embedding().CreateVariables([| 100L |], seed = 42UL)), memory)

    let halves = Array.zeroCreate<Half> 50
    RandomNormal(stddev = 0.02).Fill(Span halves, [| 10L; 10L |], offset = 50L, seed = 42UL)
    Assert.Equal<Half>(memory[50..] |> Array.map Half.op_Explicit, halves)

    let doubles = Array.zeroCreate<float> 100
    RandomNormal(stddev = 0.02).Fill(Span doubles, seed = 42UL)

    for single, double in Seq.zip memory doubles do
        Assert.Equal(double, float single, 1.0e-8)

[<Fact>]
let ``a scope is a use`` () =
    use _ = InitializerRandom.Scope 42UL
    let first = values (Embedding().CreateVariables [| 8L |])
    Assert.Equal<float32>(values (Embedding().CreateVariables([| 8L |], seed = 42UL)), first)

[<Fact>]
let ``faults are a list of codes and messages`` () =
    let e =
        Assert.Throws<InitializerException>(fun () ->
            GlorotUniform().CreateVariables([| -1L; 2L |], fanIn = 2.0) |> ignore)

    Assert.Equal<string>([ "shape-negative"; "fan-missing" ], [ for fault in e.Faults -> fault.Code ])

[<Fact>]
let ``F#'s own text of a tensor is its text`` () =
    use tensor = Ones().CreateVariables([| 2L; 1L |], seed = 1)
    Assert.Equal("float32[2, 1] on cpu: 1, 1", $"%A{tensor}")
