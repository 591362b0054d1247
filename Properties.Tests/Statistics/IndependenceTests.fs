/// Theorems about what cannot be enumerated: the independence of rows, tensors and seeds, tensors of parts, matrices,
/// permutations and the digits of float64, of requests that FsCheck makes. What the checks reject is in docs/power.md.
module Initializers.Properties.IndependenceTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

/// A seed that is different in another run of `tools/statistics --fresh`.
let private seeds =
    Gen.choose (0, System.Int32.MaxValue) |> Gen.map (uint64 >> seedOf)

let private forAll (gen: Gen<'a>) (verdicts: 'a -> (string * Verdict) list) =
    Prop.forAll (Arb.fromGen gen) (fun case ->
        let rejected =
            verdicts case |> List.filter (fun (_, verdict) -> not verdict.Accepts)

        rejected.IsEmpty |> Prop.label $"%A{rejected}")

/// 24 cases of 12 checks each; n = 2^12 to 2^16 elements.
[<Property(MaxTest = 24, Replay = "20261130,1")>]
let ``rows, tensors, seeds and streams are independent`` () =
    gen {
        let! _, sampler = Gen.elements RowPower.samplers
        let! rows = Gen.choose (16, 128)
        let! cols = Gen.elements [ 256; 257; 500; 512 ]
        let! seed = seeds
        return sampler, rows, cols, seed
    }
    |> fun cases -> forAll cases (fun (sampler, rows, cols, seed) -> sampler rows cols seed |> RowStatistics.verdicts)

/// 12 cases of 13 checks each; n = 10,000 matrices.
[<Property(MaxTest = 12, Replay = "20261130,3")>]
let ``orthogonal matrices of a batch are independent and have the sphere's entries`` () =
    gen {
        let! rows = Gen.choose (3, 12)
        let! cols = Gen.choose (3, 12)
        let! dtype = Gen.elements [ DType.Float32; DType.Float64 ]
        let! seed = seeds
        return rows, cols, dtype, seed
    }
    |> fun cases ->
        forAll cases (fun (rows, cols, dtype, seed) ->
            let sample =
                MatrixStatistics.Matrices(batch dtype (Spec.orthogonal 1.0) rows cols 10_000 seed)

            MatrixStatistics.Haar.shaped dtype rows cols
            |> List.map (fun check -> check.Name, check.Run sample))

/// 12 cases of 14 checks each; n = 1,000 matrices of 20 to 60 rows and 10 to 20 columns.
[<Property(MaxTest = 12, Replay = "20261130,5")>]
let ``sparse columns have independent zeros and the inner distribution elsewhere`` () =
    gen {
        let! rows = Gen.choose (20, 60)
        let! cols = Gen.choose (10, 20)
        let! zeros = Gen.choose (2, rows - 4)

        let! inner =
            Gen.elements [ Spec.normal 0.0 0.01; Spec.normal 0.0 1.0; Spec.uniform -1.0 1.0 ]

        let! seed = seeds
        return rows, cols, zeros, inner, seed
    }
    |> fun cases ->
        forAll cases (fun (rows, cols, zeros, inner, seed) ->
            // So that its product with the rows, rounded up, is the number of zeros.
            let sparsity = (float zeros - 0.5) / float rows

            let sample =
                MatrixStatistics.Matrices(batch DType.Float32 (Spec.sparse sparsity inner) rows cols 1_000 seed)

            MatrixStatistics.Sparse.checks DType.Float32 sparsity inner rows cols zeros
            |> List.map (fun check -> check.Name, check.Run sample))

/// 12 cases of 10 checks each: n = 64 orders, or 16 of about 65,536 numbers or more.
[<Property(MaxTest = 12, Replay = "20261130,7")>]
let ``permutations are independent and have no order`` () =
    gen {
        let! size, n =
            Gen.frequency
                [ 3, Gen.choose (256, 5000) |> Gen.map (fun size -> size, 64)
                  1,
                  Gen.elements [ 65_536; 65_537; 70_000; 131_072 ]
                  |> Gen.map (fun size -> size, 16) ]

        let! seed = seeds
        return size, n, seed
    }
    |> fun cases ->
        forAll cases (fun (size, n, seed) ->
            let orders = OrderPower.shippedOrders size n seed
            OrderStatistics.checks |> List.map (fun check -> check.Name, check.Run orders))

/// 40 cases of 1 to 16 checks each: the samplers of docs/power.md with other seeds.
[<Property(MaxTest = 40, Replay = "20261130,9")>]
let ``tensors of parts, maps and dtypes are as they promise`` () =
    let effects =
        [ for table in [ CompositePower.table; DTypePower.table; OrderPower.smallTable ] do
              for effect in table.Effects |> List.distinctBy _.Subject do
                  effect, List.last table.Sizes ]

    gen {
        let! effect, n = Gen.elements effects
        let! seed = seeds
        return effect, n, seed
    }
    |> fun cases -> forAll cases (fun (effect: Power.Effect, n, seed) -> effect.Verdicts n 0.0 seed)

/// What is not independent, by the bit contract. False-alarm rate 0.
[<Property(MaxTest = 20)>]
let ``tensors of one seed have equal first elements, and distributions of one seed the same order`` () =
    Prop.forAll (Arb.fromGen seeds) (fun seed ->
        let draw spec n =
            shipped DType.Float32 spec Fan.Unknown n seed

        let normal = draw (Spec.normal 0.0 1.0) 1000
        let uniform = draw (Spec.uniform 0.0 1.0) 1000

        // 24 bits of a uniform: equal ones may be in any order.
        let sorted = Array.sortBy (fun i -> normal[i]) [| 0..999 |]

        draw (Spec.normal 0.0 1.0) 250 = normal[..249]
        && sorted
           |> Array.pairwise
           |> Array.forall (fun (i, j) -> uniform[i] <= uniform[j]))
