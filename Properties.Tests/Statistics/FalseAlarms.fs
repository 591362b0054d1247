/// How seldom statistical tests are false alarms, and their seeds.
[<AutoOpen>]
module internal Initializers.Properties.FalseAlarms

open System
open Initializers
open Initializers.FSharp

/// The most checks that the suite makes of shipped samplers, and how seldom one of them all is a false alarm.
let most = 5000

let suiteAlpha = 1.0e-6

/// The false-alarm rate of one check.
let alpha = suiteAlpha / float most

/// Added to the seeds of statistical tests: 0, so that they are the same in every run, or what INITIALIZERS_FRESH says;
/// `tools/statistics --fresh` sets it, and prints it.
let private fresh: uint64 =
    match Environment.GetEnvironmentVariable "INITIALIZERS_FRESH" with
    | null
    | "" -> 0UL
    | number -> UInt64.Parse number

/// A seed of a statistical test.
let seedOf (number: uint64) : Seed = Seed.ofUInt64 (number + fresh)
