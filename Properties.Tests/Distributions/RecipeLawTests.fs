/// Recipes against numbers from outside: the distributions that the sources' formulas give the tensors of examples, and the moments
/// of weights that torchvision's constructors made.
module Initializers.Properties.RecipeLawTests

open System
open System.IO
open System.Text.Json
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private document (path: string) =
    JsonDocument.Parse(File.ReadAllText(Repository.path path))

let private planned (recipe: string) source (tensors: JsonElement) : PlannedTensor list =
    Blueprint.parseText source (tensors.GetRawText())
    |> Result.bind (Blueprint.plan (Some(ok (Recipe.find recipe))) None)
    |> ok

/// A number of JSON, which has no infinities but as texts.
let private numberOf (value: JsonElement) : float =
    match value.ValueKind with
    | JsonValueKind.String -> (NumberText.special (string (value.GetString()))).Value
    | _ -> value.GetDouble()

/// The elements of a tensor as float64.
let private elements (tensor: PlannedTensor) : float[] =
    use drawn =
        Initialize.tensor
            { Device = Device.Cpu
              DType = DType.Float64 }
            tensor.Entry.Shape
            tensor.Rule.Fan
            (Seed.ofUInt64 1UL)
            tensor.Spec
        |> ok

    drawn.ToArray<float>()

let private near (expected: float) (actual: float) =
    actual = expected
    || abs (actual - expected) <= 1.0e-6 * max (abs expected) 1.0e-3

/// Compares the distribution of a tensor with what an example expects: a constant, the first numbers, or mean, standard deviation and
/// support.
let private check (name: string) (tensor: PlannedTensor) (expected: JsonElement) =
    let number (key: string) =
        match expected.TryGetProperty key with
        | true, value -> Some(numberOf value)
        | _ -> None

    match expected.TryGetProperty "values" with
    | true, values ->
        let all = elements tensor

        for index, value in Seq.indexed (values.EnumerateArray()) do
            let wanted = numberOf value
            Assert.True(near wanted all[index], $"{name}[{index}]: {all[index]}, not {wanted}")
    | _ ->
        let spec =
            match tensor.Spec, number "zero_row" with
            | Spec.Padding(index, inner), Some row ->
                Assert.Equal(row, float index)
                inner
            | spec, row ->
                Assert.True(row.IsNone, name)
                spec

        let law = ok (Distribution.resolve spec tensor.Entry.Shape tensor.Rule.Fan)
        let struct (low, high) = law.Support
        let stddev = Distribution.stddev law

        let same what (wanted: float option) (found: float) =
            wanted
            |> Option.iter (fun wanted -> Assert.True(near wanted found, $"{name}, {what}: {found}, not {wanted}"))

        match number "constant" with
        | Some value ->
            same "constant" (Some value) law.Mean
            Assert.Equal(0.0, stddev)
        | None ->
            same "mean" (number "mean") law.Mean
            same "stddev" (number "stddev") stddev

            if (number "orthogonal").IsNone then
                same "low" (number "low") low
                same "high" (number "high") high

let examples: TheoryData<string> =
    TheoryData<string>(
        Directory.GetFiles(Repository.path "Properties.Tests/recipes", "*.json")
        |> Seq.map (fun file -> string (Path.GetFileNameWithoutExtension file))
        |> Seq.sort
    )

/// An example is named after its recipe, with a variant after a dot.
[<Theory; MemberData(nameof examples)>]
let ``a recipe fills every tensor of an example as its source does`` (example: string) =
    use file = document $"Properties.Tests/recipes/{example}.json"
    let recipe = example.Split('.')[0]
    let tensors = planned recipe example (file.RootElement.GetProperty "tensors")
    let expected = file.RootElement.GetProperty "expected"

    for tensor in tensors do
        check $"{example}: {tensor.Entry.Name}" tensor (expected.GetProperty tensor.Entry.Name)

[<Fact>]
let ``every recipe has an example, a description and a source for each rule`` () =
    let shown =
        Directory.GetFiles(Repository.path "Properties.Tests/recipes", "*.json")
        |> Seq.map (fun file -> (string (Path.GetFileName file)).Split('.')[0])
        |> Set.ofSeq

    for name in Recipe.names do
        let recipe = ok (Recipe.find name)
        Assert.Contains(name, shown)
        Assert.False(String.IsNullOrWhiteSpace recipe.Description, name)
        Assert.True(recipe.Description.Length <= 120, $"{name}: {recipe.Description}")
        Assert.NotEmpty recipe.Rules

        for rule in recipe.Rules do
            Assert.True(rule.Source.IsSome, $"{name}: {Rule.toText rule}")

/// Moments of weights that torchvision's constructors made. Correct weights fail one of a model's comparisons with a
/// probability below 6e-7 for each: 5 standard errors of mean and standard deviation.
[<Theory>]
[<InlineData("resnet", "models/resnet18.json")>]
[<InlineData("torchvision_resnet", "models/resnet18.json")>]
[<InlineData("resnet", "Properties.Tests/torchvision/architectures/resnet50.json")>]
[<InlineData("torchvision_resnet", "Properties.Tests/torchvision/architectures/resnet50.json")>]
[<InlineData("mobilenet", "Properties.Tests/torchvision/architectures/mobilenet_v2.json")>]
[<InlineData("vit_torchvision", "Properties.Tests/torchvision/architectures/vit_b_16.json")>]
let ``a recipe has the moments of torchvision's constructor`` (recipe: string, architecture: string) =
    use tensors = document architecture

    use measured =
        document $"Properties.Tests/torchvision/{Path.GetFileName architecture}"

    let mutable compared = 0

    for tensor in planned recipe architecture tensors.RootElement do
        let name = tensor.Entry.Name

        match measured.RootElement.TryGetProperty name with
        | false, _ -> Assert.EndsWith("num_batches_tracked", name)
        | true, row ->
            compared <- compared + 1
            let number (key: string) = row.GetProperty(key).GetDouble()
            let law = ok (Distribution.resolve tensor.Spec tensor.Entry.Shape tensor.Rule.Fan)
            let stddev, n = Distribution.stddev law, number "n"
            let struct (low, high) = law.Support

            if stddev = 0.0 then
                Assert.Equal(law.Mean, number "mean")
                Assert.Equal(0.0, number "std")
            else
                let error = sqrt ((law.Kurtosis - 1.0) / (4.0 * n))
                Assert.True(abs (number "std" / stddev - 1.0) < 5.0 * error, name)
                Assert.True(abs (number "mean" - law.Mean) < 5.0 * stddev / sqrt n, name)
                Assert.True(number "min" >= low && number "max" <= high, name)

    Assert.True(compared > 100, $"{compared}")
