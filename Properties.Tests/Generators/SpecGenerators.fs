/// Specs of every case of the union, found by reflection: a new case is generated as soon as it exists.
module Initializers.Properties.SpecGenerators

open System
open Microsoft.FSharp.Reflection
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// A spec of any case that texts can hold, with any numbers in it, NaN and infinities included.
type TextSpec = TextSpec of Spec

/// The cases of `Spec`, but for the custom quantile, whose function no text can hold.
let textCases: UnionCaseInfo list =
    FSharpType.GetUnionCases typeof<Spec>
    |> List.ofArray
    |> List.filter (fun case -> not (List.contains case.Name [ "Quantile"; "Function" ]))

/// The numbers that presets of texts have.
let private presets =
    Gen.elements
        [ Spec.zeros
          Spec.ones
          Spec.glorotUniform
          Spec.glorot 2.0 DistributionFamily.Normal
          Spec.heNormal
          Spec.kaimingWithMean 0.5 0.1 FanMode.FanOut DistributionFamily.Uniform
          Spec.lecunNormal
          Spec.siren 30.0
          Spec.firstLayerSiren ]

let private numberArray =
    gen {
        let! numbers = Gen.choose (0, 4) |> Gen.bind (fun n -> Gen.listOfLength n anyFloat)
        let count = int64 numbers.Length

        let! dims =
            Gen.elements [ [ count ]; [ 1L; count ]; [ count; 1L; 1L ]; []; [ Int64.MaxValue ] ]

        return NumberArray(dims, numbers)
    }

let rec private field (depth: int) (t: Type) : Gen<obj | null> =
    let boxed (generator: Gen<'a>) : Gen<obj | null> = Gen.map box generator
    let inner = textSpec (depth - 1)

    if t = typeof<float> then
        boxed anyFloat
    elif t = typeof<int> then
        boxed (Gen.choose (Int32.MinValue, Int32.MaxValue))
    elif t = typeof<int64> then
        boxed (Gen.elements [ Int64.MinValue; -1L; 0L; 1L; 3L; 9007199254740993L; Int64.MaxValue ])
    elif t = typeof<FormulaText> then
        boxed (
            Gen.elements
                [ "i0"
                  "10000^(-2*i0/d0)"
                  "where(j0 <= j1, 0, -inf)"
                  "(-1)^parity(and(i0, i1)) == 1"
                  "sin(pi*j0)" ]
            |> Gen.map FormulaText
        )
    elif t = typeof<bool> then
        boxed (Gen.elements [ false; true ])
    elif t = typeof<NumberArray> then
        boxed numberArray
    elif t = typeof<LocationScaleFamily> then
        boxed (Gen.elements Families.all)
    elif t = typeof<Bounds> then
        Gen.map2
            (fun (low, high) make -> box (make (low, high)))
            (Gen.zip anyFloat anyFloat)
            (Gen.elements [ Bounds.Sigmas; Bounds.Absolute ])
    elif t = typeof<Spec> then
        boxed inner
    elif t = typeof<Spec list> then
        boxed (Gen.choose (0, 3) |> Gen.bind (fun n -> Gen.listOfLength n inner))
    elif t = typeof<int list> then
        boxed (Gen.listOf (Gen.choose (Int32.MinValue, Int32.MaxValue)))
    elif t = typeof<(int64 * Spec) list> then
        let part = Gen.zip (Gen.elements [ 0L; 1L; 256L; Int64.MaxValue ]) inner
        boxed (Gen.choose (0, 3) |> Gen.bind (fun n -> Gen.listOfLength n part))
    elif t.IsEnum then
        Gen.elements (Enum.GetValues t |> Seq.cast<obj | null> |> List.ofSeq)
    elif FSharpType.IsUnion t then
        Gen.elements (FSharpType.GetUnionCases t |> List.ofArray)
        |> Gen.bind (caseFields depth)
    else
        failwith $"no generator of a field of type {t}"

and private caseFields (depth: int) (case: UnionCaseInfo) : Gen<obj | null> =
    (Gen.constant [], case.GetFields())
    ||> Array.fold (fun before info -> Gen.map2 (fun all value -> value :: all) before (field depth info.PropertyType))
    |> Gen.map (fun fields -> FSharpValue.MakeUnion(case, fields |> List.rev |> Array.ofList))

/// A spec of a case, with specs of any case nested in it to a depth.
and textSpecOf (depth: int) (case: UnionCaseInfo) : Gen<Spec> =
    caseFields depth case |> Gen.map unbox<Spec>

/// A spec of any case.
and textSpec (depth: int) : Gen<Spec> =
    if depth <= 0 then
        Gen.oneof [ anySpec; presets ]
    else
        Gen.frequency [ 4, Gen.elements textCases |> Gen.bind (textSpecOf depth); 1, presets ]

/// What `[<Properties(Arbitrary = …)>]` names.
type SpecGenerators =
    static member TextSpec() =
        textSpec 2 |> Gen.map TextSpec |> Arb.fromGen
