/// Golden cases of monotone maps.
[<RequireQualifiedAccess>]
module Initializers.Properties.GoldenMaps

open Initializers.FSharp

/// Mamba-2's A_log and Mamba's dt_bias, as their papers' code initializes them.
let aLog = Spec.log (Spec.uniform 1.0 16.0)

let dtBias =
    Spec.inverseSoftplus (Spec.clip 1.0e-4 infinity (Spec.logUniform 0.001 0.1))

/// Distributions of elements.
let elements: (string * Spec) list =
    [ "log of a uniform", aLog
      "inverse softplus of a log-uniform", dtBias
      "log of a uniform from 0", Spec.log (Spec.uniform 0.0 16.0)
      "log uniform", Spec.logUniform 0.001 0.1
      "log uniform wide", Spec.logUniform 1.0e-3 1.0e3
      "exp of a normal", Spec.exp (Spec.normal 0.0 0.5)
      "sqrt of a uniform", Spec.sqrt (Spec.uniform 0.0 1.0)
      "sqrt of a truncated normal", Spec.sqrt (Spec.truncatedNormal 0.5 0.25 (Bounds.Absolute(0.0, 1.0)))
      "reciprocal of a uniform", Spec.reciprocal (Spec.uniform 1.0 2.0)
      "reciprocal of a uniform below 0", Spec.reciprocal (Spec.uniform -2.0 -1.0)
      "softplus of a normal", Spec.softplus (Spec.normal 0.0 1.0)
      "logit of a uniform", Spec.logit (Spec.uniform 0.0 1.0)
      "sigmoid of a normal", Spec.sigmoid (Spec.normal 0.0 2.0)
      "tanh of a normal", Spec.tanh (Spec.normal 0.0 1.0)
      "log of a triangular", Spec.log (Spec.triangular 0.0 0.3 1.0)
      "log of a shifted exp", Spec.log (Spec.shift 1.0 (Spec.exp (Spec.normal 0.0 1.0)))
      "exp of a log of a uniform", Spec.exp (Spec.log (Spec.uniform 1.0 2.0))
      "log of a uniform, negated and clipped",
      Spec.log (Spec.uniform 1.0 16.0) |> Spec.scale -1.0 |> Spec.clip -2.0 -0.5
      "log of a clipped uniform", Spec.log (Spec.clip 0.1 0.7 (Spec.uniform 0.0 1.0)) ]

/// Composite tensors, with their sizes.
let structures: (string * Spec * int64 list) list =
    [ "log of a constant", Spec.log (Spec.constant 8.0), [ 3L ]
      "sigmoid of an identity", Spec.sigmoid (Spec.identity 2.0), [ 5L; 4L ]
      "log of a literal", Spec.log (Spec.literal [ 2L; 3L ] [ 1.0; 2.0; 3.0; 0.1; 1.0e-7; 65504.0 ]), [ 2L; 3L ]
      "exp of a stack", Spec.exp (Spec.stacked 0 [ 4L, Spec.normal 0.0 0.5; 4L, Spec.zeros; 8L, aLog ]), [ 16L; 8L ] ]
