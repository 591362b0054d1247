/// Compares a recipe's distributions with the moments of weights that the model's constructor made.
module Initializers.Properties.RecipeMomentsTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// Moments of torchvision's own resnet18(), measured once, against the recipe. Six standard errors of each
/// estimate: correct weights fail one of the 44 comparisons with probability below 1e-7; kaiming by fan_in is off by
/// 29% in a convolution from 64 to 128 channels, where the tolerance is 2%.
[<Fact>]
let ``the recipe of torchvision's ResNet has the moments of torchvision's`` () =
    let planned =
        Blueprint.parse "resnet18" (ReadOnlyMemory(File.ReadAllBytes(Repository.path "models/resnet18.json")))
        |> Result.bind (Blueprint.plan None None)
        |> ok

    use measured =
        JsonDocument.Parse(File.ReadAllText(Repository.path "Properties.Tests/torchvision/resnet18.json"))

    Assert.Equal(122, planned.Length)

    for tensor in planned do
        let name = tensor.Entry.Name

        match measured.RootElement.TryGetProperty name with
        | false, _ -> Assert.EndsWith("num_batches_tracked", name)
        | true, row ->
            let number (key: string) = row.GetProperty(key).GetDouble()

            let law = ok (Distribution.resolve tensor.Spec tensor.Entry.Shape tensor.Rule.Fan)

            let stddev, n = Distribution.stddev law, number "n"
            let struct (low, high) = law.Support

            if stddev = 0.0 then
                Assert.Equal(law.Mean, number "mean")
                Assert.Equal(0.0, number "std")
            else
                let error = sqrt ((law.Kurtosis - 1.0) / (4.0 * n))
                Assert.True(abs (number "std" / stddev - 1.0) < 6.0 * error, name)
                Assert.True(abs (number "mean" - law.Mean) < 6.0 * stddev / sqrt n, name)
                Assert.True(number "min" >= low && number "max" <= high, name)
