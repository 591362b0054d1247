/// The smallest effects that the statistical checks find: docs/power.md.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.Power

open System
open System.Globalization
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.Statistics
open Initializers.Properties.Samplers

let file = "docs/power.md"

/// A way to be wrong by an amount: what it does to a right sampler.
type Effect =
    {
        /// What is wrong, with "e" for the amount.
        Name: string
        Spec: Spec
        DType: DType
        Apply: Promise -> Sampler -> float -> Sampler
    }

let private effect name spec dtype apply =
    { Name = name
      Spec = spec
      DType = dtype
      Apply = apply }

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

            let chosen =
                shipped DType.Float64 (Spec.uniform 0.0 1.0) Fan.Unknown n (Seed.child "chosen" seed)

            Array.init n (fun i -> if chosen[i] < e then change x seed i else x[i])

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

let effects: Effect list =
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

/// Seeds that an amount is tried with.
let trials = 100

/// How many of the trials reject an effect of an amount at n elements, and the check that rejects most often.
let rejections (effect: Effect) (n: int) (amount: float) : int * string =
    let promise = promise effect.DType effect.Spec Fan.Unknown

    let sampler =
        effect.Apply promise (shipped effect.DType effect.Spec Fan.Unknown) amount

    let checks = Checks.all effect.DType

    let verdicts =
        Array.Parallel.init trials (fun i ->
            Checks.verdictsOf (seedOf (uint64 (90000 + i))) checks promise sampler n
            |> List.filter (fun (_, verdict) -> not verdict.Accepts)
            |> List.map fst)

    let best =
        verdicts
        |> Seq.collect id
        |> Seq.countBy id
        |> Seq.sortByDescending snd
        |> Seq.tryHead
        |> Option.map fst

    verdicts |> Array.filter (fun found -> not found.IsEmpty) |> Array.length, defaultArg best ""

/// The smallest amount 1.1^-k below 1 that at least 99 of 100 trials reject, and the check that rejects most often: by halving.
/// None where not even the largest is.
let smallest (effect: Effect) (n: int) : (float * string) option =
    let amount k = Math.Pow(1.1, float -k)

    // Larger k are smaller amounts: `low` is found, `high` is not.
    let rec between low high =
        if high - low <= 1 then
            low
        else
            let middle = (low + high) / 2

            if fst (rejections effect n (amount middle)) >= 99 then
                between middle high
            else
                between low middle

    if fst (rejections effect n (amount 1)) < 99 then
        None
    else
        let k = between 1 120
        Some(amount k, snd (rejections effect n (amount k)))

/// Numbers of elements. Effects on a mean, a standard deviation or a correlation shrink with the root of the number.
let sizes = [ 1 <<< 12; 1 <<< 14 ]

let private number (x: float) =
    x.ToString("0.#e+0", CultureInfo.InvariantCulture)

let render () : string =
    let head =
        sizes
        |> List.map (fun n -> $"2^{Numerics.BitOperations.Log2(uint32 n)} elements")
        |> String.concat " | "

    let lines =
        [ "# Power"
          "What of a distribution is not a function of one word cannot be enumerated: float64, and the independence of elements,"
          "tensors and seeds. Statistical tests check it. Each check computes its threshold from the number of elements and its"
          $"false-alarm rate, {number alpha}; the suite makes fewer than {most} checks of right samplers, so that all of them together have a"
          $"false-alarm rate of at most {number suiteAlpha}."
          ""
          "The table gives the smallest effect e that the checks find with a power of 99 %: the smallest of the amounts 1.1^-k that at"
          $"least 99 of {trials} seeds reject, and the check that rejects most often. Smaller effects may go unseen."
          "The theorems of the suite have 2^14 and 2^20 elements; effects on a mean, a standard deviation or a correlation shrink with the"
          "root of the number, to an eighth from 2^14 to 2^20. A bias of bfloat16's rounding needs more: WrongSamplersTests finds it in 2 10^7"
          "elements."
          ""
          "    tools/statistics --write     measures it again and writes this page"
          "    tools/statistics             runs the statistical tests; their seeds are fixed"
          "    tools/statistics --fresh     runs them with seeds from the system's entropy, which it prints"
          ""
          $"| distribution | what is wrong | {head} |"
          "|---|---|" + String.replicate sizes.Length "---|"
          for effect in effects do
              let cells =
                  sizes
                  |> List.map (fun n ->
                      match smallest effect n with
                      | Some(amount, check) -> $"{number amount} ({check})"
                      | None -> "not found")
                  |> String.concat " | "

              $"| {SpecText.toText effect.Spec}, {DType.toText effect.DType} | {effect.Name} | {cells} |" ]

    String.concat "\n" lines + "\n"
