/// Golden cases of formulas of indices.
[<RequireQualifiedAccess>]
module Initializers.Properties.GoldenFormulas

open Initializers.FSharp

/// Names, specs and sizes.
let structures: (string * Spec * int64 list) list =
    [ "formula of an index", Spec.formula "10000^(-i0/d0)", [ 64L ]
      "formula of sines", Spec.formula "where(mod(i1, 2) == 0, sin(i0/99^(i1/d1)), cos(i0/99^(i1/d1)))", [ 64L; 32L ]
      "formula of functions", Spec.formula "log(1 + j0)*exp(-j1/9) + log2(2 + i0)^0.3*parity(xor(i0, i1))", [ 16L; 24L ]
      "formula of large angles", Spec.formula "sin(i0^3) + cos(1e15*i0)", [ 200L ]
      // Each cube is in the middle of two float64.
      "formula of middles", Spec.formula "(208065 + 2*i0)^3*2^-53", [ 1000L ]
      "formula clipped", Spec.formula "1/(1 + i0)" |> Spec.scale -2.0 |> Spec.clip -0.7 -0.1, [ 40L ] ]
