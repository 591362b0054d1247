/// Formulas in models' files: integers and booleans exactly, and files that verify.
module Initializers.Properties.FormulaFileTests

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let private planned (json: string) =
    Blueprint.parseText "m.json" json |> Result.bind (Blueprint.plan None None)

/// A blueprint of one tensor, filled by one rule.
let private single dtype (shape: string) (expression: string) =
    $$$"""{"tensors": {"x": {"dtype": "{{{dtype}}}", "shape": [{{{shape}}}]}},
          "rules": [{"pattern": "*", "spec": {"initializer": "formula", "expression": "{{{expression}}}"}}]}"""

/// The bytes of the only tensor of the file of a blueprint, which verifies.
let private elements json : byte[] =
    let tensors = planned json |> ok
    let folder = Directory.CreateTempSubdirectory("initializers-").FullName

    try
        let path = Path.Combine(folder, "w.safetensors")

        Output.model path false Device.Cpu (Seed.ofUInt64 1UL) tensors (fun _ -> ignore) CancellationToken.None
        |> ok
        |> ignore

        let verified =
            Verification.ofFile path Device.Cpu (fun _ _ -> ()) CancellationToken.None |> ok

        Assert.Equal(Ok(), Verification.equal verified)
        let all = File.ReadAllBytes path
        all[8 + int (BitConverter.ToInt64(all, 0)) ..]
    finally
        Directory.Delete(folder, true)

let private numbers<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> json : 'T[] =
    MemoryMarshal.Cast<byte, 'T>(ReadOnlySpan(elements json)).ToArray()

let private codesOf json =
    match planned json with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

[<Fact>]
let ``integers and booleans are exactly the values of the formula`` () =
    Assert.Equal<int64>([| 0L .. 511L |], numbers<int64>(single "I64" "1, 512" "i1"))
    Assert.Equal<int64>([| -3L; -2L; -1L; 0L |], numbers<int64>(single "I64" "4" "i0 - 3"))
    Assert.Equal<byte>([| 1uy; 0uy; 1uy; 1uy |], numbers<byte>(single "BOOL" "2, 2" "i1 <= i0"))
    Assert.Equal<sbyte>([| -128y; 127y |], numbers<sbyte>(single "I8" "2" "255*i0 - 128"))
    Assert.Equal<uint16>([| 0us; 65535us |], numbers<uint16>(single "U16" "2" "65535*i0"))
    Assert.Equal<uint64>([| 9007199254740991UL |], numbers<uint64>(single "U64" "1" "2^53 - 1"))
    Assert.Empty(elements (single "I32" "0, 4" "i1"))

[<Fact>]
let ``a tensor of integers that is longer than a buffer is that of its indices`` () =
    let count = 3_000_000

    Assert.Equal<int32>(
        Array.init count (fun i -> i % 1000 - 5),
        numbers<int32>(single "I32" $"{count}" "mod(i0, 1000) - 5")
    )

[<Fact>]
let ``floats of a formula are in the file, an additive mask with its infinities`` () =
    Assert.Equal<float32>(
        [| 0.0f; -infinityf; 0.0f; 0.0f |],
        numbers<float32>(single "F32" "2, 2" "where(j0 <= j1, 0, -inf)")
    )

[<Fact>]
let ``a value that an integer type does not hold is refused before anything is written`` () =
    for dtype, expression, expected in
        [ "I64", "i0/2", "not-exact"
          "I8", "64*i0", "not-exact"
          "BOOL", "i0", "not-exact"
          "U8", "i0 - 1", "not-exact"
          "I64", "2^53 + i0", "not-exact"
          "I32", "inf", "not-exact"
          "I32", "1/(i0 - 2)", "expression-undefined" ] do
        Assert.Equal<string list>([ expected ], codesOf (single dtype "4" expression))

    // Only a sample of a long tensor is computed before; its last element is always among them.
    Assert.Equal<string list>([ "not-exact" ], codesOf (single "I8" "100000000" "where(i0 == size - 1, 1/2, 0)"))

[<Fact>]
let ``a fault of a rule's formula has the column in the rule's text`` () =
    let messages json =
        planned json |> Validation.faults |> List.map InitError.message

    let rule spec =
        $$$"""{"tensors": {"x.12.y": {"dtype": "I32", "shape": [4]}}, "let": {"base": "10*2"},
              "rules": [{"pattern": "x.{i}.y", "spec": {{{spec}}}}]}"""

    for spec, fault in
        [ "\"formula(i*base + 1/(i0 - i + 10))\"",
          "'formula(i*base + 1/(i0 - i + 10))', column 19, at [2]: 1/0 has no finite value."
          "\"scale(factor=2, inner=formula(base/16 + i0))\"",
          "'scale(factor=2, inner=formula(base/16 + i0))', column 31, at [0]: I32 cannot hold 2.5;"
          "\"formula((2-base)^2/i0)\"", "'formula((2-base)^2/i0)', column 19, at [0]: 324/0 has no finite value."
          "{\"initializer\": \"formula\", \"expression\": \"i0/2 + base\"}",
          "'i0/2 + base', column 1, at [1]: I32 cannot hold 20.5;" ] do
        match messages (rule spec) with
        | [ message ] -> Assert.StartsWith($"rules[0] (x.{{i}}.y), tensor 'x.12.y': {fault}", message)
        | other -> failwith $"%A{other}"

[<Fact>]
let ``a rule's formula may read captures, definitions and fans, which become numbers`` () =
    let json =
        """{"tensors": {"layers.3.x": {"dtype": "F32", "shape": [2, 3]}},
            "let": {"base": "10*2"},
            "rules": [{"pattern": "layers.{i}.x", "layout": "oi", "spec": "formula(base*i + fan_in + i0)"}]}"""

    match planned json |> ok with
    | [ tensor ] -> Assert.Equal(Spec.formula "20*3 + 3 + i0", tensor.Spec)
    | other -> failwith $"%A{other}"

    Assert.Equal<float32>([| 63.0f; 63.0f; 63.0f; 64.0f; 64.0f; 64.0f |], numbers<float32> json)

    Assert.Equal<string list>(
        [ "name-unknown" ],
        Spec.parse "formula(base*i0)" |> Validation.faults |> List.map InitError.code
    )
