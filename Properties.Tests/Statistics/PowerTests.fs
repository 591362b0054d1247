/// What docs/power.md says, measured again.
module Initializers.Properties.PowerTests

open System
open System.IO
open Xunit
open Initializers.Properties

let private path = Repository.path PowerPage.file

let private all =
    [ for table in PowerPage.tables do
          for effect in table.Effects do
              table, effect ]

/// What the page says of an effect, for each size.
let private results (page: string) =
    let cells = PowerPage.cells page

    fun (effect: Power.Effect) ->
        cells
        |> Map.tryFind (effect.Subject, effect.Name)
        |> Option.defaultValue []
        |> List.choose id

let private describe (effect: Power.Effect) = $"{effect.Subject}: {effect.Name}"

/// The page, with other cells for the effects of one table, by the number of its sizes.
let private withCells (cells: Power.Table -> Power.Effect -> string list) (page: string) =
    let results = results page

    PowerPage.render (fun table effect ->
        match cells table effect with
        | [] -> results effect |> List.map PowerPage.cell
        | measured -> measured)

let titles: TheoryData<string> =
    TheoryData<string>(PowerPage.tables |> List.map _.Title)

/// With INITIALIZERS_POWER=write every effect is measured, by about 8 amounts, and the page written. Otherwise the page's amount and
/// the next smaller one are tried: the same result is found by the same halving.
[<Theory; Trait("Category", "Long"); MemberData(nameof titles)>]
let ``the page's effects are the smallest that are found`` (title: string) =
    let page = File.ReadAllText path

    if Environment.GetEnvironmentVariable "INITIALIZERS_POWER" = "write" then
        let measured =
            page
            |> withCells (fun table effect ->
                if table.Title = title then
                    table.Sizes |> List.map (Power.smallest effect >> PowerPage.cell)
                else
                    [])

        File.WriteAllText(path, measured)
    else
        let results = results page

        Assert.Empty(
            [ for table, effect in all do
                  if table.Title = title then
                      for n, result in List.zip table.Sizes (results effect) do
                          if not (Power.holds effect n result) then
                              $"{describe effect}, {table.Size n}: not {PowerPage.cell result}" ]
        )

[<Fact>]
let ``the page has the text, the effects and the sizes of these tables`` () =
    let page = File.ReadAllText path
    let results = results page

    Assert.Equal(page, page |> withCells (fun _ _ -> []))

    for table, effect in all do
        Assert.Equal(table.Sizes.Length, (results effect).Length)

    Assert.Equal(all.Length, all |> List.distinctBy (snd >> describe) |> List.length)

    // Each effect is found in the larger sample at least.
    Assert.Empty(
        all
        |> List.filter (fun (_, effect) -> results effect |> List.last |> Option.isNone)
        |> List.map (snd >> describe)
    )

/// 2 seeds each.
[<Fact>]
let ``every effect of the page is rejected at its largest amount`` () =
    let accepted =
        all
        |> Array.ofList
        |> Array.Parallel.collect (fun (table, effect) ->
            [| for trial in 0..1 do
                   if (Power.rejecting effect (List.last table.Sizes) (Power.amount 1) trial).IsEmpty then
                       $"{describe effect}, trial {trial}" |])

    Assert.Empty accepted

/// One seed of each sampler and size, of 1 to 25 checks.
[<Fact>]
let ``an amount of 0 is rejected by no check`` () =
    let rejected =
        all
        |> List.distinctBy (fun (table, effect) -> table.Title, effect.Subject)
        |> Array.ofList
        |> Array.Parallel.collect (fun (table, effect) ->
            [| for n in table.Sizes do
                   for check in Power.rejecting effect n 0.0 0 do
                       $"{describe effect}, {table.Size n}: {check}" |])

    Assert.Empty rejected

[<Fact>]
let ``an effect of nothing is not found, and a large one is in every trial`` () =
    let effect = ElementPower.table.Effects.Head
    Assert.Equal(None, Power.found effect 4096 0.0)
    Assert.Equal(Some "variance", Power.found effect 4096 0.2)
    Assert.True(Power.holds effect 4096 (Power.smallest effect 4096))
    Assert.False(Power.holds effect 4096 (Some(1, "variance")))
    Assert.False(Power.holds effect 4096 None)
