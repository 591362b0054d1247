/// Specs and faults are shown as their texts.
module Initializers.Properties.PrinterTests

open Xunit
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.SpecGenerators

[<Properties(Arbitrary = [| typeof<SpecGenerators> |])>]
module Properties =
    [<Property>]
    let ``a spec's string is the text that Spec.parse reads`` (TextSpec spec) =
        let text = Spec.toText spec
        string spec = text && $"{spec}" = text && Spec.parse text = SpecText.parse text

[<Fact>]
let ``%A shows a spec as its text, also inside other values`` () =
    let spec = Spec.heNormal |> Spec.scale 0.5
    Assert.Equal("scale(factor=0.5, inner=he_normal)", $"%A{spec}")
    Assert.Equal("[zeros; siren(w0=30)]", $"%A{[ Spec.zeros; Spec.siren 30.0 ]}")
    let quantile = Spec.quantile "logit" id
    Assert.Equal("quantile(name=logit)", $"%A{quantile}")

[<Fact>]
let ``%A shows the first 2000 characters of a long text, and string all of it`` () =
    let spec = Spec.literal [ 5000L ] (Seq.replicate 5000 0.25)
    Assert.Equal(2000, $"%A{spec}".Length)
    Assert.EndsWith("…", $"%A{spec}")
    Assert.Equal(Spec.toText spec, string spec)

[<Fact>]
let ``a fault is shown as its code and its message`` () =
    let result = Spec.parse "constant"

    match result with
    | Error [ fault ] ->
        let text = "parameter-missing: constant needs its parameter 'value'."
        Assert.Equal(text, InitError.toText fault)
        Assert.Equal(text, string fault)
        Assert.Equal(text, $"%A{fault}")
        Assert.Equal($"Error [{text}]", $"%A{result}")
    | other -> failwith $"%A{other}"
