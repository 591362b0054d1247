/// Faults: each has a code and a message of its own.
module Initializers.Properties.FaultTests

open System
open System.Text.RegularExpressions
open Microsoft.FSharp.Reflection
open Xunit
open Initializers
open Initializers.FSharp

/// A value of any type that a fault carries.
let private sample (t: Type) : obj | null =
    if t = typeof<int> then
        box 1
    elif t = typeof<int64> then
        box 2L
    elif t = typeof<uint64> then
        box 3UL
    elif t = typeof<float> then
        box 0.5
    elif t = typeof<string> then
        box "text"
    elif t = typeof<string list> then
        box [ "one"; "two" ]
    elif t = typeof<int64 list> then
        box [ 1L; 2L ]
    elif t = typeof<FanMode> then
        box FanMode.FanAvg
    elif t = typeof<Layout> then
        box Layout.OutIn
    elif t = typeof<DType> then
        box DType.Float16
    elif t = typeof<InitError> then
        box (InitError.TensorTwice "inner")
    else
        failwith $"no sample of {t}"

let private everyFault: (string * InitError) list =
    FSharpType.GetUnionCases typeof<InitError>
    |> Array.map (fun case ->
        let fields = case.GetFields() |> Array.map (fun f -> sample f.PropertyType)

        match FSharpValue.MakeUnion(case, fields) with
        | :? InitError as fault -> case.Name, fault
        | _ -> failwith case.Name)
    |> List.ofArray

[<Fact>]
let ``every fault has a code of its own, in lower case with hyphens`` () =
    let own =
        everyFault
        |> List.filter (fun (name, _) -> not (List.contains name [ "InTensor"; "InFile"; "AtPath" ]))

    for name, fault in own do
        Assert.True(Regex.IsMatch(InitError.code fault, "^[a-z0-9]+(-[a-z0-9]+)*$"), name)

    let codes = own |> List.map (snd >> InitError.code)
    Assert.Equal<string list>(List.distinct codes, codes)

[<Fact>]
let ``every fault has a message of its own that shows what it carries`` () =
    for name, fault in everyFault do
        let message = InitError.message fault
        Assert.False(String.IsNullOrWhiteSpace message, name)

        Assert.False(
            message.Contains "InitError"
            || message.Contains '\n'
            || message.Contains "FSharp",
            message
        )

    let messages = everyFault |> List.map (snd >> InitError.message)
    Assert.Equal<string list>(List.distinct messages, messages)

[<Fact>]
let ``a fault in a tensor keeps its code and adds the name`` () =
    let inner = InitError.FanMissing FanMode.FanIn
    let outer = InitError.InTensor("h.0.weight", inner)
    Assert.Equal(InitError.code inner, InitError.code outer)
    Assert.Contains("h.0.weight", InitError.message outer)
    Assert.Contains(InitError.message inner, InitError.message outer)

[<Fact>]
let ``a fault at a path keeps its code and adds file and path`` () =
    let inner = InitError.SpecUnknown("norml", [ "normal" ])
    let outer = InitError.AtPath("m.json", "rules[0].spec", inner)
    Assert.Equal(InitError.code inner, InitError.code outer)
    Assert.Equal($"m.json, rules[0].spec: {InitError.message inner}", InitError.message outer)
