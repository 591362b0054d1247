/// Specs nested in each other: one limit for values, texts, JSON and files, and no stack that overflows beyond it.
module Initializers.Properties.NestingTests

open System
open System.IO
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private limit = Spec.NestingLimit

/// A way to put a spec of a tensor of 4 elements inside another.
let private wraps: (string * (Spec -> Spec)) list =
    [ "scale", Spec.scale 1.0
      "shift", Spec.shift 0.0
      "clip", Spec.clip -1.0 1.0
      "mask", Spec.mask [ 4L ] [ 1.0; 0.0; 1.0; 1.0 ]
      "stacked", (fun inner -> Spec.stacked 0 [ 4L, inner ])
      "batched", Spec.batched 0
      "default_layout", Spec.defaultLayout Layout.OutIn
      "axis_fans", Spec.axisFans [ 0 ] [] ]

/// `depth` nested specs, the innermost included.
let private nested depth wrap =
    (Spec.normal 0.0 1.0, [ 2..depth ]) ||> List.fold (fun inner _ -> wrap inner)

let private resolved spec =
    Plan.resolve spec (shapeOf [ 4L ]) Fan.Unknown DType.Float32

[<Fact>]
let ``the deepest spec is filled, and what is written of it is read, as text and as JSON`` () =
    for name, wrap in wraps do
        let spec = nested limit wrap
        Assert.True((resolved spec).IsOk, name)
        Assert.Equal(Ok spec, SpecText.parse (SpecText.toText spec))
        Assert.Equal(Ok spec, SpecJson.parse (SpecJson.toJson spec))

        let blueprint =
            $"{{\"tensors\": {{\"a\": {{\"dtype\": \"F32\", \"shape\": [4]}}}}, \"rules\": [{{\"pattern\": \"*\", \"spec\": {SpecJson.toJson spec}}}]}}"

        Assert.True((Blueprint.parseText name blueprint |> Result.bind (Blueprint.plan None None)).IsOk, name)

[<Fact>]
let ``a spec that is one deeper is refused with one code in every entry point`` () =
    let expected = [ "spec-too-deep" ]

    for _, wrap in wraps do
        let spec = nested (limit + 1) wrap
        Assert.Equal<string list>(expected, codes (resolved spec))
        Assert.Equal<string list>(expected, codes (Distribution.resolve spec (shapeOf [ 4L ]) Fan.Unknown))
        Assert.Equal<string list>(expected, codes (SpecText.parse (SpecText.toText spec)))
        Assert.Equal<string list>(expected, codes (SpecJson.parse (SpecJson.toJson spec)))

[<Fact>]
let ``texts in JSON count with the objects around them`` () =
    let text = SpecText.toText (nested (limit - 1) (Spec.scale 1.0))

    let json inner =
        $"{{\"initializer\": \"scale\", \"factor\": 1, \"inner\": {inner}}}"

    Assert.True((SpecJson.parse (json $"\"{text}\"")).IsOk)
    Assert.Equal<string list>([ "spec-too-deep" ], codes (SpecJson.parse (json (json $"\"{text}\""))))

[<Fact>]
let ``the deepest spec is written into a file and verified`` () =
    let spec = nested limit (Spec.scale 0.5)

    let path =
        Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors")

    let text: ArrayText =
        { Spec = SpecText.toText spec
          Shape = "4"
          Seed = "1"
          Stream = null
          DType = null
          Device = null
          FanIn = null
          FanOut = null
          Layout = null
          Offset = null
          Count = null
          Box = null }

    try
        Request.writeArray path false text (fun _ _ -> ()) Threading.CancellationToken.None
        |> ok
        |> ignore

        let file =
            ok (Verification.ofFile path Device.Cpu (fun _ _ -> ()) Threading.CancellationToken.None)

        Assert.Empty file.Different
        Assert.Equal<Spec option>(Some spec, file.Tensors.Head.Spec)
    finally
        File.Delete path

[<Fact>]
let ``a spec nested 100,000 deep is compared, hashed, written and refused, and overflows no stack`` () =
    for name, wrap in wraps do
        let deep = nested 100_000 wrap
        let other = nested 100_000 wrap
        Assert.True((deep = other), name)
        Assert.Equal(deep.GetHashCode(), other.GetHashCode())
        Assert.False(deep.Equals(wrap other), name)
        Assert.Equal<string list>([ "spec-too-deep" ], codes (resolved deep))
        Assert.InRange((SpecText.toText deep).Length, 1_000_000, 10_000_000)
        Assert.InRange((SpecJson.toJson deep).Length, 1_000_000, 20_000_000)

        let request: TensorRequest =
            { Name = "a"
              Spec = deep
              Dims = [ 4L ]
              Fan = Fan.Unknown }

        Assert.Equal<string list>(
            [ "spec-too-deep" ],
            Initialize.faultsOfTensors Target.cpu [ request ] |> List.map InitError.code
        )

        Assert.Equal<string list>([ "spec-too-deep" ], codes (SpecJson.toKeras deep))

/// A spec that stands twice in one that stands twice, and so on: 2^depth of it from as many specs as there are depths.
let private doubled (depth: int) =
    (Spec.normal 0.0 1.0, [ 1..depth ])
    ||> List.fold (fun spec _ -> Spec.stacked 0 [ 1L, spec; 1L, spec ])

[<Fact>]
let ``specs that share their parts take time by the specs that there are, not by the places where they stand`` () =
    for depth in [ 20; 40; Spec.NestingLimit - 1 ] do
        let spec = doubled depth
        Assert.True((spec = doubled depth))
        Assert.False((spec = doubled (depth - 1)))
        Assert.Equal(spec.GetHashCode(), (doubled depth).GetHashCode())

        for use' in [ spec; Spec.scale 0.5 spec; Spec.stacked 0 [ 2L, spec; 2L, Spec.ones ] ] do
            let faults = codes (resolved use')
            Assert.Contains("spec-too-large", faults)
            Assert.DoesNotContain("stacked-sizes", faults)

        Assert.Equal<string list>([ "spec-too-large" ], codes (SpecJson.toKeras spec))
        Assert.Contains("spec-too-large", codes (Distribution.resolve spec (shapeOf [ 4L ]) Fan.Unknown))

    Assert.DoesNotContain("spec-too-large", codes (resolved (doubled 10)))

[<Fact>]
let ``a text and JSON nested 100,000 deep are refused`` () =
    let deep = nested 100_000 (Spec.scale 1.0)
    Assert.Equal<string list>([ "spec-too-deep" ], codes (SpecText.parse (SpecText.toText deep)))
    Assert.Equal<string list>([ "json-syntax" ], codes (SpecJson.parse (SpecJson.toJson deep)))

[<Fact>]
let ``printing a spec nested 100,000 deep ends`` () =
    let deep = nested 100_000 (Spec.scale 1.0)
    Assert.Equal(SpecText.toText deep, string deep)
    Assert.InRange($"%A{deep}".Length, 1, 2000)

[<Fact>]
let ``a spec that is shared is walked once a depth`` () =
    let shared =
        (Spec.heNormal, [ 1..60 ])
        ||> List.fold (fun inner _ -> Spec.stacked 0 [ 0L, inner; 0L, inner ])

    Assert.Equal<FanMode list>([ FanMode.FanIn ], Spec.modes shared)
    Assert.True(Spec.hasParts shared)
    Assert.Equal(shared.GetHashCode(), shared.GetHashCode())

[<Fact>]
let ``specs are equal when their bits of numbers say the same, NaN included`` () =
    Assert.Equal(Spec.normal nan 1.0, Spec.normal nan 1.0)
    Assert.NotEqual(Spec.normal 0.0 1.0, Spec.uniform 0.0 1.0)
    Assert.NotEqual(Spec.orthogonal 1.0, Spec.identity 1.0)
    Assert.NotEqual(Spec.stacked 0 [ 1L, Spec.ones ], Spec.stacked 0 [ 1L, Spec.ones; 1L, Spec.ones ])
    Assert.NotEqual(Spec.stacked 0 [ 1L, Spec.ones ], Spec.stacked 0 [ 2L, Spec.ones ])
    Assert.NotEqual(Spec.scale 1.0 Spec.ones, Spec.scale 1.0 Spec.zeros)

[<Theory>]
[<InlineData("""{"initializer":"scale","factor":1,"inner":""", "}")>]
[<InlineData("""{"initializer":"stacked","parts":[{"size":4,"inner":""", "}]}")>]
[<InlineData("""{"class_name":"Zeros","config":""", "}")>]
[<InlineData("[", "]")>]
[<InlineData("""{"a":""", "}")>]
let ``JSON nested 100,000 deep is refused with a code by every reader of JSON`` (opening: string) (closing: string) =
    let json =
        String.replicate 100_000 opening
        + "\"zeros\""
        + String.replicate 100_000 closing

    Assert.NotEmpty(codes (SpecJson.parse json))
    Assert.NotEmpty(codes (Blueprint.parseText "deep" json))
    Assert.NotEmpty(codes (SafetensorsReader.header (new MemoryStream(TensorFiles.safetensors json [||]))))

    Assert.NotEmpty(
        codes (NpyReader.header "deep" (new MemoryStream(TensorFiles.npy 2uy (json.Substring(0, 100_000)) [||])))
    )
