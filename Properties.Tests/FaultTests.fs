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
    elif t = typeof<bool> then
        box true
    elif t = typeof<string> then
        box "text"
    elif t = typeof<int option> then
        box (Some 7)
    elif t = typeof<string option> then
        box (Some "other")
    elif t = typeof<string list> then
        box [ "one"; "two" ]
    elif t = typeof<int64 list> then
        box [ 1L; 2L ]
    elif t = typeof<FanMode> then
        box FanMode.FanAvg
    elif t = typeof<Layout> then
        box Layout.OutIn
    elif t = typeof<FanAxes> then
        box (FanAxes.Of(FanAxis.Stack, FanAxis.Out))
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
        |> List.filter (fun (name, _) -> not (List.contains name [ "InPart"; "InTensor"; "InFile"; "AtPath" ]))

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

let private says (part: string) (fault: InitError) =
    Assert.Contains(part, InitError.message fault)

[<Fact>]
let ``a message says what is wrong in this case`` () =
    InitError.TensorUnmatched("a", "I64") |> says "of I64 (integers and bool take"
    Assert.Equal("no rule matches tensor 'a'.", InitError.message (InitError.TensorUnmatched("a", "BF16")))

    InitError.RuleUnused("a", Some "b")
    |> says "passes by 'b', since integers and bool take zeros"

    InitError.NotFinite("truncated_normal", "lower", nan) |> says "must be a number"
    InitError.NotFinite("normal", "mean", infinity) |> says "must be finite"

    InitError.SliceOutside(7L, 0L, 4L)
    |> says "element 7, beyond the tensor's end after 4 elements"

    InitError.SliceOutside(4L, 1L, 4L) |> says "1 elements from offset 4"

    InitError.NotExact(18446744073709551616.0, "U64")
    |> says "constants are float64"

    InitError.NotExact(-9007199254740992.0, "I64") |> says "constants are float64"
    InitError.NotExact(-1.0, "U64") |> says "is no value of U64"
    InitError.NotExact(1.0e30, "I32") |> says "is no value of I32"

[<Fact>]
let ``a file that is no safetensors is named by its first bytes`` () =
    let limit = 100_000_000L

    let begins (bytes: byte list) =
        InitError.HeaderLength(BitConverter.ToUInt64(Array.ofList bytes, 0), limit)

    begins [ 0x50uy; 0x4Buy; 3uy; 4uy; 0uy; 0uy; 8uy; 8uy ] |> says "a zip archive"

    begins [ 0x80uy; 2uy; 0x8Auy; 0x0Auy; 0x6Cuy; 0xFCuy; 0x9Cuy; 0x46uy ]
    |> says "a Python pickle"

    begins [ 0x1Fuy; 0x8Buy; 8uy; 8uy; 1uy; 2uy; 3uy; 4uy ] |> says "a gzip file"

    begins [ 0x89uy; 0x48uy; 0x44uy; 0x46uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy ]
    |> says "an HDF5 file"

    begins (List.ofSeq "version "B) |> says "a Git LFS pointer"
    begins (List.ofSeq "{\"a\": {}"B) |> says "JSON"
    begins (List.replicate 8 0uy) |> says "is this a .safetensors or .npy file?"

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
