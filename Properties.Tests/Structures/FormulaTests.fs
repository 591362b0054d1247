/// Formulas of indices: the examples of docs/formulas.md against numbers from their sources (elementary/formulas.txt, by
/// tools/formulas.py), slices, rounding, tables and faults.
module Initializers.Properties.FormulaTests

open System
open System.Globalization
open System.IO
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed.ofUInt64 11UL

let private indexed text dims =
    match IndexFormula.Read (FormulaText text) dims with
    | Ok formula -> formula
    | Error fault -> failwith (InitError.message fault)

/// All values of a formula.
let private values text dims : float[] =
    let formula = indexed text dims
    let value = formula.Values formula.Count
    Array.init (int formula.Count) (int64 >> value)

let private resolved dtype text dims =
    Plan.resolve (Spec.formula text) (shapeOf dims) Fan.Unknown dtype

let private faults dtype text dims =
    match resolved dtype text dims with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

/// Name, dtype, sizes and numbers of each example.
let private references: Lazy<(string * string * int64 list * float[]) list> =
    lazy
        [ for line in File.ReadAllLines(Repository.path "Properties.Tests/elementary/formulas.txt") do
              let parts = line.Split '|'

              let number (text: string) =
                  if text = "-inf" then
                      -infinity
                  else
                      Double.Parse(text, CultureInfo.InvariantCulture)

              parts[0],
              parts[1],
              parts[2].Split ',' |> Array.map int64 |> List.ofArray,
              parts[3].Split ' ' |> Array.map number ]

/// The formulas of the page by their headings.
let private examples: Lazy<Map<string, string>> =
    lazy
        (((None, []), File.ReadAllLines(Repository.path "docs/formulas.md"))
         ||> Array.fold (fun (heading, found) line ->
             match heading with
             | _ when line.StartsWith "### " -> Some(line.Substring 4), found
             | Some name when line.StartsWith "    formula(" -> heading, (name, line.Trim()) :: found
             | _ -> heading, found)
         |> snd
         |> Map.ofList)

[<Fact>]
let ``every example of the page has the numbers of its source`` () =
    Assert.Equal<string list>(
        references.Value |> List.map (fun (name, _, _, _) -> name) |> List.sort,
        examples.Value |> Map.keys |> List.ofSeq |> List.sort
    )

    for name, dtype, dims, expected in references.Value do
        match SpecText.parse examples.Value[name] with
        | Ok(Spec.Formula text) ->
            let actual = values text.Text dims

            let near (e: float) (a: float) =
                if dtype <> "F64" || e = Math.Round e then
                    a = e
                else
                    abs (a - e) <= 4.0 * (Math.BitIncrement(abs e) - abs e)

            Array.iteri2 (fun i e a -> Assert.True(near e a, $"{name}, number {i}: {a} instead of {e}")) expected actual
        | other -> failwith $"{name}: %A{other}"

[<Fact>]
let ``the sines of positions are near their sources where the angle is large`` () =
    // The angle is rounded once, and its sine once.
    for position in [ 1000L; 131071L ] do
        let value = (indexed "sin(i0*10000^(-2*i1/64))" [ 131072L; 32L ]).Values 1L

        for i in 0L .. 31L do
            let angle = float position * Math.Pow(10000.0, -2.0 * float i / 64.0)
            Assert.True(abs (value (position * 32L + i) - Math.Sin angle) <= 4e-16 * angle + 2e-16)

/// A formula with the sizes that it fits, drawn from those that differ in what they read.
type Drawn = Drawn of text: string * dims: int64 list

let private texts =
    [ "i0"
      "j0 + 10*j1"
      "sin(i0*0.37)*cos(j0) + 2^(-j1)"
      "where(mod(j0 + j1, 3) == 1, where(i0 > 1, 1/i0, 7), where(j0 >= j1, -inf, sqrt(j1 + 2)))"
      "min(i0, j0, 2, size/rank) - max(3, d0*j1)"
      "(-1)^parity(and(i0, j1)) * log(1 + j0)"
      "pi/4 + exp(-1)"
      "where(i0 == 0, 0, 1/i0)"
      "where(d0 > 100, 1/0, d0 + j1)" ]

type Formulas =
    static member Drawn() =
        gen {
            let! rank = Gen.choose (2, 4)
            let! dims = Gen.listOfLength rank (Gen.choose (1, 9) |> Gen.map int64)
            let! text = Gen.elements texts
            return Drawn(text, dims)
        }
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Formulas> |], MaxTest = 300)>]
module Values =
    [<Property>]
    let ``values are those of the expression, whatever is kept in tables`` (Drawn(text, dims)) (calls: NonNegativeInt) =
        let formula = indexed text dims
        let fast = formula.Values(int64 calls.Get)

        Seq.forall (fun n -> Ok(fast n) = formula.At n) (seq { 0L .. formula.Count - 1L })

    [<Property>]
    let ``indices count row-major`` (Drawn(_, dims)) =
        let rank = dims.Length

        let text =
            List.init rank (fun axis -> $"i{axis}")
            |> List.mapi (fun axis i -> List.fold (fun t later -> $"({t})*d{later}") i [ axis + 1 .. rank - 1 ])
            |> String.concat " + "

        values text dims = Array.init (int (List.fold (*) 1L dims)) float

    [<Property>]
    let ``text and JSON hold the formula`` (Drawn(text, _)) =
        let spec = Spec.formula text

        SpecText.parse (SpecText.toText spec) = Ok spec
        && SpecText.parse $"formula({text})" = Ok spec
        && SpecJson.parse (SpecJson.toJson spec) = Ok spec

/// The bits of a float64 in a dtype, by the neighbours of what a double rounding gives.
let private nearestBits dtype (x: float) =
    let guess = Rounding.nearest dtype (float32 x)

    [ guess - 1u; guess; guess + 1u ]
    |> List.map (fun bits -> bits, abs (float (Rounding.value dtype bits) - x))
    |> List.sortBy (fun (bits, distance) -> distance, bits &&& 1u)
    |> List.head
    |> fst

type Halves =
    /// Numbers next to the middle of two values of float16 or bfloat16, which two roundings may round elsewhere.
    static member Float() =
        gen {
            let! high = Gen.choose (0x3800, 0x57ff)
            let! off = Gen.elements [ -1e-12; -1e-10; 0.0; 1e-12; 1e-10; 0.1 ]
            let! dtype = Gen.elements [ DType.Float16; DType.BFloat16 ]
            let a = float (Rounding.value dtype (uint32 high))
            let b = float (Rounding.value dtype (uint32 high + 1u))
            return dtype, (a + b) / 2.0 + off * (b - a)
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<Halves> |], MaxTest = 2000)>]
let ``a float64 is rounded once to a narrow dtype`` (dtype: DType, x: float) =
    Rounding.once dtype x = uint64 (nearestBits dtype x)

/// Elements [offset, offset + count) in float32.
let private slice text dims offset (count: int) : float32[] =
    let memory = Array.zeroCreate<float32> count

    Initialize.fill (Memory memory) offset (shapeOf dims) Fan.Unknown seed (Spec.formula text)
    |> ok

    memory

let private sinusoids =
    "where(mod(i1, 2) == 0, sin(i0/10000^(i1/d1)), cos(i0/10000^((i1 - 1)/d1)))"

[<Fact>]
let ``a tensor of 2.5 million sines has at each place what its indices say`` () =
    // A second where nothing else runs.
    let dims = [ 5000L; 512L ]
    let numbers = slice sinusoids dims 0L 2_560_000

    for n in [ 0L; 1L; 513L; 1_000_001L; 2_559_999L ] do
        Assert.Equal(Ok numbers[int n], (indexed sinusoids dims).At n |> Result.map float32)

[<Property(Arbitrary = [| typeof<Formulas> |], MaxTest = 100)>]
let ``a slice has the elements of the whole`` (Drawn(text, dims)) (a: NonNegativeInt) (b: NonNegativeInt) =
    let length = int (List.fold (*) 1L dims)
    let first = a.Get % length
    let count = b.Get % (length - first) + 1
    slice text dims (int64 first) count = (slice text dims 0L length)[first .. first + count - 1]

[<Fact>]
let ``slices of huge tensors are computed from their indices`` () =
    let dims = [ 1L <<< 31; 1L <<< 31 ]
    Assert.Equal<float32>([| 1.0f; 2.0f; 3.0f |], slice "mod(i1, 1000)" dims ((1L <<< 61) + 1L) 3)
    Assert.Equal<float32>([| 5.0f; 6.0f |], slice "i0 + 3" dims (3L * (1L <<< 31) - 1L) 2)

[<Fact>]
let ``wrong formulas are refused with their codes before anything is made`` () =
    for text, dims, expected in
        [ "1/i0", [ 4L ], "expression-undefined"
          "log(i0 - 2)", [ 4L; 4L ], "expression-undefined"
          "0*where(i0 == 0, inf, 1)", [ 4L ], "expression-undefined"
          "i1", [ 4L ], "name-unknown"
          "fan_in", [ 4L ], "name-unknown"
          "count(\"a.{i}\")", [ 4L ], "model-missing"
          "2*", [ 4L ], "expression-syntax"
          "", [ 4L ], "expression-syntax"
          "sine(i0)", [ 4L ], "function-unknown"
          "where(i0, 1)", [ 4L ], "arguments-wrong"
          "10^i0", [ 1L <<< 40 ], "expression-undefined"
          "1e39*i0", [ 4L ], "overflows-dtype"
          "1e39*i0", [ 1L <<< 40 ], "overflows-dtype" ] do
        Assert.Equal<string list>([ expected ], faults DType.Float32 text dims)

    Assert.Equal<string list>([ "overflows-dtype" ], faults DType.Float16 "i0" [ 70000L ])
    Assert.Equal<string list>([], faults DType.Float16 "i0" [ 65505L ])
    // Without elements nothing is computed, and names are still looked up.
    Assert.Equal<string list>([], faults DType.Float32 "1/0" [ 0L ])
    Assert.Equal<string list>([ "name-unknown" ], faults DType.Float32 "x" [ 0L ])

/// Messages of the faults of a spec's text.
let private messages dtype text dims =
    SpecText.parse text
    |> Result.bind (fun spec -> Plan.resolve spec (shapeOf dims) Fan.Unknown dtype)
    |> Validation.faults
    |> List.map InitError.message

[<Fact>]
let ``a fault of an element has its indices, and the column in the text that was given`` () =
    for text, dims, fault in
        [ "formula(1/(j0 - 3))", [ 8L ], "column 10, at [3]: 1/0 has no finite value."
          " formula( 1/(j0 - 3) )", [ 2L; 8L ], "column 12, at [0,3]: 1/0 has no finite value."
          "formula('1/(j0-3)')", [ 8L ], "column 11, at [3]: 1/0 has no finite value."
          "formula(expression=\"log(i0 - 1)\")", [ 2L ], "column 21, at [0]: log(-1) has no finite value."
          "formula(1/rank)", [], "column 10, at []: 1/0 has no finite value."
          "scale(factor=2, inner=formula(i0^(-i0)/(i0 - 2)))", [ 4L ], "column 39, at [2]: 0.25/0 has no finite value."
          "batched(axes=1, inner=formula(1/(i0 - 1)))", [ 3L; 2L ], "column 32, at [1]: 1/0 has no finite value."
          "formula(1e38*i0)",
          [ 8L ],
          "column 9, at [4]: 4E+38 is beyond the range of float32, whose largest number is 3.4028234663852886E+38."
          "scale(factor=-1e38, inner=formula(i0))",
          [ 8L ],
          "column 35, at [4]: -4E+38 is beyond the range of float32, whose largest number is 3.4028234663852886E+38." ] do
        Assert.Equal<string list>([ $"'{text}', {fault}" ], messages DType.Float32 text dims)

    Assert.Equal<string list>(
        [ "part 2: 'stacked(axis=0, parts=[1: zeros, 2: formula(1/(i0 - 1))])', column 46, at [1]: 1/0 has no finite value." ],
        messages DType.Float32 "stacked(axis=0, parts=[1: zeros, 2: formula(1/(i0 - 1))])" [ 3L ]
    )

    match Plan.resolve (Spec.formula " 1/i0") (shapeOf [ 2L ]) Fan.Unknown DType.Float32 with
    | Error [ fault ] -> Assert.Equal("'1/i0', column 2, at [0]: 1/0 has no finite value.", InitError.message fault)
    | other -> failwith $"%A{other}"

[<Fact>]
let ``equal formulas of different texts have the columns of their texts`` () =
    for _ in 1..2 do
        Assert.Equal<string list>(
            [ "'formula(3/(i0 - 5))', column 10, at [5]: 3/0 has no finite value." ],
            messages DType.Float32 "formula(3/(i0 - 5))" [ 8L ]
        )

        Assert.Equal<string list>(
            [ "'scale(2, formula(3/(i0 - 5)))', column 19, at [5]: 3/0 has no finite value." ],
            messages DType.Float32 "scale(2, formula(3/(i0 - 5)))" [ 8L ]
        )

[<Fact>]
let ``a formula in quotes is the formula`` () =
    for text in
        [ "formula('max(i0, 2)')"
          "formula(\"max(i0, 2)\")"
          "formula(expression='max(i0, 2)')" ] do
        Assert.Equal(Ok(Spec.formula "max(i0, 2)"), SpecText.parse text)

    Assert.Equal<string list>([ "expression-syntax" ], codes (SpecText.parse "formula('i0' + 'i0')"))

[<Fact>]
let ``a fault that no sample shows ends the fill with its code`` () =
    let dims = [ (1L <<< 40) + 12345L ]

    let fill text offset =
        let memory = Array.zeroCreate<float32> 4
        Initialize.fill (Memory memory) offset (shapeOf dims) Fan.Unknown seed (Spec.formula text)

    for text, code in
        [ "1/(i0 - 1234567890)", "expression-undefined"
          "where(i0 == 1234567890, 1e39, 0)", "overflows-dtype" ] do
        Assert.Equal<string list>([ code ], codes (fill text 1234567888L))
        Assert.Equal<string list>([], codes (fill text 0L))

        for fault in Validation.faults (fill text 1234567888L) do
            Assert.Contains(", at [1234567890]: ", InitError.message fault)

[<Fact>]
let ``the moments of a formula are those of its numbers`` () =
    let moments text dims =
        Distribution.resolve (Spec.formula text) (shapeOf dims) Fan.Unknown
        |> Result.map (fun distribution -> distribution.Mean, Distribution.stddev distribution)

    Assert.Equal(Ok(1.5, sqrt 1.25), moments "i0" [ 4L ])
    Assert.Equal(Ok(2.0, 0.0), moments "d0" [ 2L; 3L ])

    match moments "mod(i0, 2)" [ 1L <<< 40 ] with
    | Ok(mean, stddev) -> Assert.True(abs (mean - 0.5) < 0.01 && abs (stddev - 0.5) < 0.01)
    | Error faults -> failwith $"%A{faults}"

[<Fact>]
let ``maps apply to the numbers, and infinities pass through them`` () =
    let bits spec dims =
        let memory = Array.zeroCreate<float32> 4

        Initialize.fill (Memory memory) 0L (shapeOf dims) Fan.Unknown seed spec |> ok

        memory

    Assert.Equal<float32>(
        [| 1.0f; 1.5f; 2.0f; 2.0f |],
        bits (Spec.formula "i0" |> Spec.scale 0.5 |> Spec.shift 1.0 |> Spec.clip 0.0 2.0) [ 4L ]
    )

    Assert.Equal<float32>(
        [| 1.0f; -infinityf; 1.0f; 1.0f |],
        bits (Spec.formula "where(j0 <= j1, 0, -inf)" |> Spec.scale 0.5 |> Spec.shift 1.0) [ 2L; 2L ]
    )

    // In a part of a stack, indices are the part's.
    Assert.Equal<float32>(
        [| 0.0f; 0.0f; 1.0f; 2.0f |],
        bits (Spec.stacked 0 [ 1L, Spec.zeros; 3L, Spec.formula "i0" ]) [ 4L ]
    )
