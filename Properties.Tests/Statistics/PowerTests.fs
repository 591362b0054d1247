/// What docs/power.md says, measured again.
module Initializers.Properties.PowerTests

open System
open System.IO
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties

let private spread =
    Power.effects
    |> List.find (fun effect -> effect.Spec = Spec.normal 0.0 1.0 && effect.DType = DType.Float32)

[<Fact; Trait("Category", "Long")>]
let ``the page's effects are the smallest that are found`` () =
    let path = Repository.path Power.file
    let page = Power.render ()

    if Environment.GetEnvironmentVariable "INITIALIZERS_POWER" = "write" then
        File.WriteAllText(path, page)
    else
        Assert.Equal(File.ReadAllText path, page)

[<Fact>]
let ``an effect of nothing is not found, and a large one is in every trial`` () =
    Assert.Equal(0, fst (Power.rejections spread 4096 0.0))
    Assert.Equal((Power.trials, "variance"), Power.rejections spread 4096 0.2)

[<Fact>]
let ``every effect of the page is found at its largest amount`` () =
    for effect in Power.effects do
        let found, _ = Power.rejections effect (List.last Power.sizes) (1.0 / 1.1)
        Assert.True((found >= 99), $"{effect.Name}: {found}")
