/// Effects on what dtypes promise of each other. The dtypes of a request are not independent: bfloat16 and float16 are the float32
/// elements, rounded once, and a float64 element lies in the cell of the float32 one, with more digits.
module internal Initializers.Properties.DTypePower

open System
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers
open Initializers.Properties.Tails

let private uniform = Spec.uniform -1.0 1.0

/// A float32 uniform in (-1, 1) is the middle of one of 2^24 cells of the width 2^-23.
let private cells = 8388608.0

/// The distance of a number from the low end of its cell, in cells.
let private fraction (x: float) = x * cells - floor (x * cells)
let private draw dtype spec n seed = shipped dtype spec Fan.Unknown n seed

let private narrow dtype (x: float) =
    match dtype with
    | DType.BFloat16 -> Narrow.nearest x
    | _ -> float (Half.op_Explicit (float32 x): Half)

/// The elements of a narrow dtype that are not those of float32, rounded.
let private roundings dtype (wrong: float -> Seed -> float[] -> float[] -> float[]) n amount seed =
    let spec = Spec.normal 0.0 1.0
    let wide = draw DType.Float32 spec n seed
    let narrowed = draw dtype spec n seed |> wrong amount seed wide

    [ "roundings of float32",
      Array.fold2 (fun count x y -> if narrow dtype x = y then count else count + 1) 0 wide narrowed
      |> never ]

/// A float64 uniform in (-1, 1) is in the cell of the float32. Its place there, by 29 more bits, is independent of the cell.
let private digits (wrong: float -> Seed -> float[] -> float[]) n amount seed =
    let narrow = draw DType.Float32 uniform n seed
    let wide = draw DType.Float64 uniform n seed |> wrong amount seed
    let below = wide |> Array.map fraction

    // With variance 1, so that the product of two independent ones has variance 1, too.
    let u = narrow |> Array.map (fun x -> sqrt 3.0 * x)
    let v = below |> Array.map (fun x -> sqrt 12.0 * (x - 0.5))

    let products a b = Array.map2 (*) a b |> hasMean 0.0 1.0

    [ "elements in float32's cells",
      Array.fold2
          (fun count x y ->
              if floor (x * cells) = floor (y * cells) then
                  count
              else
                  count + 1)
          0
          wide
          narrow
      |> never
      "digits below float32: Kolmogorov-Smirnov", haveLaw (max 0.0 >> min 1.0) [ below ]
      "digits below and digits above", products u v
      "digits below, neighbours", products v[.. n - 2] v[1..]
      "digits below and the next digits above", products v[.. n - 2] u[1..]
      "digits below, equal pairs",
      // Cells of 2^-29: the pairs are about Poisson.
      below
      |> Array.countBy id
      |> Array.sumBy (fun (_, count) -> count * (count - 1) / 2)
      |> fun pairs ->
          let expected = 0.5 * float n * float (n - 1) * Math.ScaleB(1.0, -29)

          float pairs
          |> within 0.0 (max 4.0 (expected + Checks.twoSidedAt alpha * sqrt expected)) ]

let private below change : float -> Seed -> float[] -> float[] =
    fun e seed wide ->
        let chosen = chosen e wide.Length seed

        wide
        |> Array.mapi (fun i x ->
            if chosen[i] then
                (floor (x * cells) + change wide i) / cells
            else
                x)

let private narrowEffects =
    [ for dtype in [ DType.BFloat16; DType.Float16 ] do
          for name, wrong in
              [ "a share e of the elements is of another draw",
                (fun e seed (_: float[]) right ->
                    let other =
                        draw dtype (Spec.normal 0.0 1.0) (Array.length right) (Seed.child "other" seed)

                    Array.map3 (fun changed x y -> if changed then y else x) (chosen e right.Length seed) right other)
                "a share e of the elements is that of the float32 times 1 + 2^-9",
                (fun e seed wide right ->
                    Array.map3
                        (fun changed x (y: float) ->
                            if changed then
                                narrow dtype (y * (1.0 + Math.ScaleB(1.0, -9)))
                            else
                                x)
                        (chosen e (Array.length right) seed)
                        right
                        wide) ] do
              { Subject = $"normal, {DType.toText dtype} and float32"
                Name = name
                Verdicts = roundings dtype wrong }
              : Power.Effect ]

let private wideEffects =
    [ "a share e of the elements is of another draw",
      (fun e seed right ->
          let other =
              draw DType.Float64 uniform (Array.length right) (Seed.child "other" seed)

          Array.map3 (fun changed x y -> if changed then y else x) (chosen e right.Length seed) right other)
      "a share e of the elements is the float32, widened", below (fun _ _ -> 0.5)
      "a share e of the digits below is those above, again", below (fun wide i -> (wide[i] + 1.0) / 2.0)
      "a share e of the digits below is the next element's digits above",
      below (fun wide i -> (wide[(i + 1) % wide.Length] + 1.0) / 2.0)
      "a share e of the digits below is that of the element before", below (fun wide i -> fraction wide[max 0 (i - 1)])
      "the digits below are cubed, by e: u + e (u^3 - u)",
      (fun e _ ->
          Array.map (fun x ->
              let u = fraction x
              (floor (x * cells) + u + e * (u * u * u - u)) / cells)) ]
    |> List.map (fun (name, wrong) ->
        { Subject = "uniform(low=-1, high=1), float64 and float32"
          Name = name
          Verdicts = digits wrong }
        : Power.Effect)

let table: Power.Table =
    { Title = "dtypes"
      Sizes = [ 1 <<< 12; 1 <<< 14 ]
      Size = fun n -> $"2^{Numerics.BitOperations.Log2(uint32 n)} elements"
      Effects = narrowEffects @ wideEffects }
