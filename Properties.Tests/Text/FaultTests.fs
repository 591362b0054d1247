/// Faults: each has a distinct code and message.
module Initializers.Properties.FaultTests

open System
open System.Text.RegularExpressions
open Xunit
open Initializers
open Initializers.FSharp

[<Fact>]
let ``every fault has a distinct code, in lower case with hyphens`` () =
    let own =
        ErrorPage.samples
        |> List.filter (fun (name, _) -> not (List.contains name ErrorPage.places))

    for name, fault in own do
        Assert.True(Regex.IsMatch(InitError.code fault, "^[a-z0-9]+(-[a-z0-9]+)*$"), name)

    let codes = own |> List.map (snd >> InitError.code)
    Assert.Equal<string list>(List.distinct codes, codes)

[<Fact>]
let ``every fault has a distinct message that shows the values of its fields`` () =
    for name, fault in ErrorPage.samples do
        let message = InitError.message fault
        Assert.False(String.IsNullOrWhiteSpace message, name)

        Assert.False(
            message.Contains "InitError"
            || message.Contains '\n'
            || message.Contains "FSharp",
            message
        )

    let messages = ErrorPage.samples |> List.map (snd >> InitError.message)
    Assert.Equal<string list>(List.distinct messages, messages)

[<Fact>]
let ``the page of codes says of every fault what causes and what mends it`` () =
    for code, cause, mend in ErrorPage.rows () do
        for text in [ cause; mend ] do
            Assert.True(text.Length > 8 && text.EndsWith '.', $"{code}: '{text}'")

    Assert.Equal(
        IO.File.ReadAllText(Repository.path ErrorPage.file),
        ErrorPage.render (),
        ignoreLineEndingDifferences = true
    )

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

    InitError.SliceOutOfRange(7L, 0L, 4L)
    |> says "element 7, beyond the tensor's end after 4 elements"

    InitError.SliceOutOfRange(4L, 1L, 4L) |> says "1 elements from offset 4"

    InitError.NotExact(18446744073709551616.0, "U64")
    |> says "constants are float64"

    InitError.NotExact(-9007199254740992.0, "I64") |> says "constants are float64"
    InitError.NotExact(-1.0, "U64") |> says "U64 cannot hold -1"
    InitError.NotExact(1.0e30, "I32") |> says "I32 cannot hold 1E+30"

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
