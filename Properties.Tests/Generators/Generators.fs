/// Generated requests. The types express the hypotheses of theorems: a property over a `Request` is a property over
/// requests that have a plan.
module Initializers.Properties.Generators

open System
open FsCheck
open FsCheck.FSharp
open Initializers
open Initializers.FSharp

/// A spec that resolves for every fan in [1, 1e5] and every dtype.
type ValidSpec = ValidSpec of Spec

/// A spec with any numbers in it, NaN and infinities included, over all cases and modes.
type AnySpec = AnySpec of Spec

/// At most 5 axes, at most some thousand elements; scalars and sizes of 0 and 1 are common.
type SmallShape = SmallShape of Shape

/// A layout and a shape of positive sizes that it reads.
type LayoutShape = LayoutShape of Layout * Shape

/// fan_in and fan_out in [1, 1e5], whole or not.
type Fans = Fans of fanIn: float * fanOut: float

/// A name of a stream, any well-formed Unicode.
type StreamName = StreamName of string

/// Any text: letters, digits, punctuation of specs, control characters, unpaired surrogates.
type AnyText = AnyText of string

/// A request that has a plan.
type Request =
    { Spec: Spec
      Shape: Shape
      Fan: Fan
      Seed: Seed
      DType: DType }

/// A part of a request's tensor: [offset, offset + count).
type Part =
    { Of: Request
      Offset: int64
      Count: int64 }

let shapeOf dims =
    match Shape.ofList dims with
    | Ok shape -> shape
    | Error faults -> failwith $"%A{faults}"

let ok result =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let codes result =
    match result with
    | Ok _ -> []
    | Error faults -> faults |> List.map InitError.code

/// An argument for a parameter of the catalogue that has no default, in text and in JSON.
let sampleOf (initializer: string) parameter =
    match parameter with
    | "parts" when initializer = "sum" -> "[zeros, uniform(0, 2)]", """["zeros", "uniform(0, 2)"]"""
    | "times"
    | "high" -> "3", "3"
    | "mode" -> "fan_in", "\"fan_in\""
    | "inner" -> "normal(mean=0, stddev=0.5)", """{"initializer": "normal", "mean": 0, "stddev": 0.5}"""
    | "layers" -> "12", "12"
    | "parts" ->
        "[1: zeros, 2: uniform(0, 2)]", """[{"size": 1, "inner": "zeros"}, {"size": 2, "inner": "uniform(0, 2)"}]"""
    | "values"
    | "keep" -> "[1, 0]", "[1, 0]"
    | "layout" -> "hwio", "\"hwio\""
    | "input_axes" -> "[0, -2]", "[0, -2]"
    | "output_axes" -> "[]", "[]"
    | _ -> "0.5", "0.5"

let modes =
    [ FanMode.FanIn
      FanMode.FanOut
      FanMode.FanSum
      FanMode.FanAvg
      FanMode.FanGeo ]

let layouts =
    [ Layout.OutIn; Layout.InOut; Layout.OutInSpatial; Layout.SpatialInOut ]

let dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let distributions =
    [ DistributionFamily.Normal
      DistributionFamily.Uniform
      DistributionFamily.TruncatedNormal ]

/// A float64 in [low, high), on a grid of 10^9 points.
let between low high =
    Gen.choose (0, 999_999_999)
    |> Gen.map (fun i -> low + (high - low) * (float i / 1.0e9))

/// A float64 in [low, high), log-uniformly distributed.
let magnitude low high =
    between (log low) (log high) |> Gen.map exp

let signed g =
    Gen.map2 (fun negative x -> if negative then -x else x) (Gen.elements [ true; false ]) g

/// Any float64: bit patterns with equal probability, and special values often.
let anyFloat =
    let pattern =
        Gen.map2
            (fun (h: int) (l: int) -> BitConverter.Int64BitsToDouble((int64 h <<< 32) ||| (int64 l &&& 0xFFFFFFFFL)))
            (Gen.choose (Int32.MinValue, Int32.MaxValue))
            (Gen.choose (Int32.MinValue, Int32.MaxValue))

    Gen.frequency
        [ 4, pattern
          2, signed (magnitude 1.0e-3 1.0e3)
          1,
          Gen.elements
              [ 0.0
                -0.0
                1.0
                -1.0
                0.1
                Double.Epsilon
                Double.MaxValue
                Double.MinValue
                2.2250738585072014e-308
                9007199254740993.0
                nan
                infinity
                -infinity ] ]

let finiteFloat =
    anyFloat |> Gen.map (fun x -> if Double.IsFinite x then x else 0.25)

let private scaling numbers =
    gen {
        let! scale, mean = numbers
        let! mode = Gen.elements modes
        let! family = Gen.elements distributions
        return Spec.VarianceScaling(scale, mode, family, mean)
    }

let validSpec =
    let uniform =
        gen {
            let! low = signed (magnitude 1.0e-3 1.0e3)
            let! width = magnitude (0.1 * abs low) 1.0e3
            return Spec.Uniform(low, low + width)
        }

    let normal =
        Gen.map2
            (fun mean stddev -> Spec.Normal(mean, stddev))
            (Gen.oneof [ Gen.constant 0.0; signed (magnitude 1.0e-3 1.0e2) ])
            (Gen.frequency [ 1, Gen.constant 0.0; 9, magnitude 1.0e-3 1.0e3 ])

    let truncated =
        gen {
            let! mean = Gen.oneof [ Gen.constant 0.0; signed (magnitude 1.0e-3 1.0) ]
            let! stddev = magnitude 1.0e-2 10.0
            // Few bounds, since each pair is fitted once: symmetric, one-sided, far out, straddling.
            let! lower, upper =
                Gen.elements
                    [ -2.0, 2.0
                      -100.0, 100.0
                      -1.0, infinity
                      -infinity, 0.5
                      3.0, 4.5
                      6.0, infinity ]

            let! absolute = Gen.elements [ false; true ]

            // A power of 2 as the stddev gives the same bounds in standard deviations, and so the same table.
            return
                if absolute then
                    Spec.TruncatedNormal(0.0, 0.25, Bounds.Absolute(lower * 0.25, upper * 0.25))
                else
                    Spec.TruncatedNormal(mean, stddev, Bounds.Sigmas(lower, upper))
        }

    let locationScale =
        gen {
            let! loc = Gen.oneof [ Gen.constant 0.0; signed (magnitude 1.0e-3 1.0e2) ]
            let! scale = magnitude 1.0e-3 1.0e3
            // Checks of moments need moments; the Cauchy distribution has separate checks.
            let hasVariance (family: LocationScaleFamily) =
                let struct (_, variance, _) = family.Moments
                Double.IsFinite variance

            let! family = Gen.elements (List.filter hasVariance Families.all)
            return Spec.LocationScale(family, loc, scale)
        }

    let triangular =
        gen {
            let! low = Gen.elements [ -1.0; 0.0; 0.5; -32.0 ]
            // Few modes, since each is fitted once.
            let! part = Gen.elements [ 0.0; 0.125; 0.375; 0.5; 0.75; 1.0 ]
            let! width = Gen.elements [ 1.0; 0.25; 64.0 ]
            return Spec.Triangular(low, low + part * width, low + width)
        }

    // Few, since each is fitted once.
    let mapped =
        Gen.elements
            [ Spec.log (Spec.uniform 1.0 16.0)
              Spec.inverseSoftplus (Spec.logUniform 0.001 0.1)
              Spec.exp (Spec.normal 0.0 0.25)
              Spec.sqrt (Spec.uniform 0.0 1.0)
              Spec.reciprocal (Spec.uniform 1.0 2.0)
              Spec.softplus (Spec.normal 0.0 1.0)
              Spec.logit (Spec.uniform 0.0 1.0)
              Spec.sigmoid (Spec.normal 0.0 2.0)
              Spec.tanh (Spec.logistic 0.0 0.5)
              Spec.logUniform 0.01 1.0 ]

    let fanUniform =
        gen {
            let! numerator = magnitude 0.1 10.0
            let! mode = Gen.elements modes
            let! power = Gen.oneof [ Gen.elements [ 0.0; 0.5; 1.0 ]; between 0.0 1.0 ]
            let! gain = magnitude 0.01 10.0
            return Spec.FanUniform(numerator, mode, power, gain)
        }

    let constant =
        Gen.oneof [ Gen.elements [ 0.0; -0.0; 1.0 ]; signed (magnitude 1.0e-6 6.0e4) ]
        |> Gen.map Spec.Constant

    Gen.oneof
        [ constant
          uniform
          normal
          truncated
          locationScale
          triangular
          mapped
          scaling (Gen.zip (magnitude 0.01 10.0) (Gen.oneof [ Gen.constant 0.0; between -0.002 0.002 ]))
          fanUniform
          Gen.elements
              [ Spec.zeros
                Spec.ones
                Spec.glorotUniform
                Spec.glorotNormal
                Spec.heUniform
                Spec.heNormal
                Spec.lecunUniform
                Spec.lecunNormal
                Spec.siren 30.0
                Spec.firstLayerSiren ] ]

let anySpec =
    let pair = Gen.zip anyFloat anyFloat

    Gen.oneof
        [ Gen.map Spec.Constant anyFloat
          Gen.map Spec.Uniform pair
          Gen.map Spec.Normal pair
          Gen.map2 (fun (m, s) (l, u) -> Spec.TruncatedNormal(m, s, Bounds.Sigmas(l, u))) pair pair
          Gen.map2 (fun (m, s) (l, u) -> Spec.TruncatedNormal(m, s, Bounds.Absolute(l, u))) pair pair
          Gen.map2 (fun family (loc, scale) -> Spec.LocationScale(family, loc, scale)) (Gen.elements Families.all) pair
          Gen.map2 (fun (low, mode) high -> Spec.Triangular(low, mode, high)) pair anyFloat
          Gen.map Spec.LogUniform pair
          scaling pair
          gen {
              let! numerator, power = pair
              let! mode = Gen.elements modes
              let! gain = anyFloat
              return Spec.FanUniform(numerator, mode, power, gain)
          } ]

let smallShape =
    gen {
        let! rank = Gen.choose (0, 5)
        let largest = [| 1; 3000; 60; 14; 7; 5 |][rank]

        let! dims =
            Gen.listOfLength rank (Gen.frequency [ 1, Gen.constant 0; 12, Gen.choose (1, largest) ])

        return shapeOf (dims |> List.map int64)
    }

let layoutShape =
    gen {
        let! layout = Gen.elements layouts

        let! rank =
            match layout with
            | Layout.OutIn
            | Layout.InOut -> Gen.constant 2
            | _ -> Gen.choose (2, 4)

        let! dims = Gen.listOfLength rank (Gen.choose (1, 4))
        return LayoutShape(layout, shapeOf (dims |> List.map int64))
    }

let fans =
    let fan =
        Gen.oneof [ Gen.choose (1, 100_000) |> Gen.map float; magnitude 1.0 1.0e5 ]

    Gen.map2 (fun i o -> Fans(i, o)) fan fan

let private word =
    Gen.choose (Int32.MinValue, Int32.MaxValue)
    |> Gen.map (fun i -> uint64 (uint32 i))

let seed =
    let bits = Gen.map2 (fun h l -> (h <<< 32) ||| l) word word

    Gen.map2
        (fun key stream -> Seed(key, stream))
        (Gen.oneof [ bits; Gen.choose (0, 99) |> Gen.map uint64 ])
        (Gen.oneof [ Gen.constant 0UL; bits ])

let streamName =
    Gen.elements
        [ "h"
          "."
          "0"
          "1"
          "attn"
          "weight"
          " "
          "é"
          "重み"
          "\U0001F9EE"
          "\u0000"
          "е" ]
    |> Gen.listOf
    |> Gen.map (String.concat "" >> StreamName)

let anyText =
    Gen.frequency
        [ 6, Gen.elements (List.ofSeq "abno_019 .,=()+-einfxX/\\\"'{}[];:")
          1, Gen.choose (0, 0xFFFF) |> Gen.map char
          1, Gen.choose (0, 127) |> Gen.map char ]
    |> Gen.listOf
    |> Gen.map (fun letters -> String(Array.ofList letters))

let request =
    gen {
        let! spec = validSpec
        let! fanIn, fanOut = fans |> Gen.map (fun (Fans(i, o)) -> i, o)
        let! LayoutShape (layout, sized) = layoutShape
        let! small = smallShape
        let! fromShape = Gen.frequency [ 1, Gen.constant true; 3, Gen.constant false ]
        let! seed = seed
        let! dtype = Gen.elements dtypes

        return
            { Spec = spec
              Shape = (if fromShape then sized else small)
              Fan = (if fromShape then Fan.From layout else Fan.Of(fanIn, fanOut))
              Seed = seed
              DType = dtype }
    }

let part =
    gen {
        let! request = request
        let length = int request.Shape.Length
        let! offset = Gen.choose (0, length)
        let! count = Gen.choose (0, length - offset)

        return
            { Of = request
              Offset = int64 offset
              Count = int64 count }
    }

/// What `[<Properties(Arbitrary = …)>]` names.
type Generators =
    static member ValidSpec() =
        validSpec |> Gen.map ValidSpec |> Arb.fromGen

    static member AnySpec() =
        anySpec |> Gen.map AnySpec |> Arb.fromGen

    static member SmallShape() =
        smallShape |> Gen.map SmallShape |> Arb.fromGen

    static member LayoutShape() = Arb.fromGen layoutShape
    static member Fans() = Arb.fromGen fans
    static member Seed() = Arb.fromGen seed
    static member StreamName() = Arb.fromGen streamName

    static member AnyText() =
        anyText |> Gen.map AnyText |> Arb.fromGen

    static member Request() = Arb.fromGen request
    static member Part() = Arb.fromGen part
    static member FanMode() = Arb.fromGen (Gen.elements modes)
    static member Layout() = Arb.fromGen (Gen.elements layouts)
    static member DType() = Arb.fromGen (Gen.elements dtypes)
