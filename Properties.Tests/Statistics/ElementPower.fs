/// Effects on elements that should be independent.
module internal Initializers.Properties.ElementPower

open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

/// An effect on a right sampler, with its promise.
let promised (promise: Promise) name spec dtype (apply: Promise -> Sampler -> float -> Sampler) : Power.Effect =
    let checks = Checks.all dtype

    { Subject = $"{SpecText.toText spec}, {DType.toText dtype}"
      Name = name
      Verdicts =
        fun n amount seed ->
            Checks.verdictsOf seed checks promise (apply promise (shipped dtype spec Fan.Unknown) amount) n }

let private effect name spec dtype apply =
    promised (promise dtype spec Fan.Unknown) name spec dtype apply

let private each change : Promise -> Sampler -> float -> Sampler =
    fun promise right e ->
        fun n seed ->
            let stddev = sqrt promise.Variance
            right n seed |> Array.map (change stddev e)

/// Changes a share of the elements, chosen by another stream's uniforms.
let private share (change: float[] -> Seed -> int -> float) : Promise -> Sampler -> float -> Sampler =
    fun _ right e ->
        fun n seed ->
            let x = right n seed
            let chosen = chosen e n seed
            Array.init n (fun i -> if chosen[i] then change x seed i else x[i])

/// A unit normal of a stream's element i, made once for each stream.
let private noise (spec: Spec) (name: string) : int -> Seed -> float[] =
    fun n seed -> shipped DType.Float32 spec Fan.Unknown n (Seed.child name seed)

let private normal = Spec.normal 0.0 1.0
let private uniform = Spec.uniform -1.0 1.0

let private spread: Promise -> Sampler -> float -> Sampler =
    each (fun _ e x -> (1.0 + e) * x)

let private moved: Promise -> Sampler -> float -> Sampler =
    each (fun stddev e x -> x + e * stddev)

let private neighbours: Promise -> Sampler -> float -> Sampler =
    fun _ right e ->
        fun n seed ->
            let x = right (n + 1) seed
            Array.init n (fun i -> (x[i + 1] + e * x[i]) / sqrt (1.0 + e * e))

let private blocks: Promise -> Sampler -> float -> Sampler =
    fun _ right e ->
        fun n seed ->
            let x = right (n + 4) seed
            Array.init n (fun i -> (x[i + 4] + e * x[i]) / sqrt (1.0 + e * e))

let private common: Promise -> Sampler -> float -> Sampler =
    fun _ right e ->
        fun n seed ->
            let own = right n seed
            let both = right n (Seed.ofUInt64 seed.Key)
            Array.map2 (fun x y -> sqrt (1.0 - e) * x + sqrt e * y) own both

let private repeated: Promise -> Sampler -> float -> Sampler =
    share (fun x _ i -> x[max 0 (i - 1)])

let private far: Promise -> Sampler -> float -> Sampler =
    share (fun x _ i -> x[(i + x.Length / 2) % x.Length])

let private zeros: Promise -> Sampler -> float -> Sampler = share (fun _ _ _ -> 0.0)

/// A share from another distribution of the same variance.
let private mixed (other: Spec) : Promise -> Sampler -> float -> Sampler =
    fun promise right e ->
        fun n seed ->
            let from = noise other "other" n seed
            (share (fun _ _ i -> from[i]) promise right e) n seed

/// The outermost e of the probability is missing, half of it at each end.
let private cut: Promise -> Sampler -> float -> Sampler =
    fun promise _ e ->
        let bound = promise.Distribution.Quantile(1.0 - e / 2.0)
        let spec = Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(-bound, bound))
        fun n seed -> shipped DType.Float32 spec Fan.Unknown n seed

let private effects: Power.Effect list =
    [ effect "stddev too large by e of it" normal DType.Float32 spread
      effect "mean off by e stddev" normal DType.Float32 moved
      effect "an element has e of the one before" normal DType.Float32 neighbours
      effect "an element has e of the one four before" normal DType.Float32 blocks
      effect "two streams have a share e of their variance in common" normal DType.Float32 common
      effect "a share e of the elements is that before it" normal DType.Float32 repeated
      effect "a share e of the elements is that half of the tensor away" normal DType.Float32 far
      effect "a share e of the elements is 0" normal DType.Float32 zeros
      effect
          "a share e of the elements is uniform, of the same variance"
          normal
          DType.Float32
          (mixed (Spec.uniform -(sqrt 3.0) (sqrt 3.0)))
      effect
          "a share e of the elements is Laplace, of the same variance"
          normal
          DType.Float32
          (mixed (Spec.laplace 0.0 (sqrt 0.5)))
      effect "the outermost e of the probability is missing" normal DType.Float32 cut
      effect "interval too wide by e of it" uniform DType.Float32 spread
      effect "mean off by e stddev" uniform DType.Float32 moved
      effect "a share e of the elements is triangular" uniform DType.Float32 (mixed (Spec.triangular -1.0 0.0 1.0))
      effect "stddev too large by e of it" normal DType.Float64 spread
      effect "an element has e of the one before" normal DType.Float64 neighbours
      effect "a share e of the elements is that half of the tensor away" normal DType.Float64 far
      effect "stddev too large by e of it" normal DType.BFloat16 (fun promise right e ->
          fun n seed -> spread promise right e n seed |> Array.map Narrow.nearest) ]

let table: Power.Table =
    { Title = "Elements"
      Sizes = [ 1 <<< 12; 1 <<< 14 ]
      Size = fun n -> $"2^{System.Numerics.BitOperations.Log2(uint32 n)} elements"
      Effects = effects }
