namespace Initializers.FSharp

open Initializers
open Initializers.FSharp.SpecSyntax
open Initializers.FSharp.EntryParts

/// Entries of distributions of elements, with all their numbers.
[<RequireQualifiedAccess>]
module internal ElementEntries =
    let private distributions =
        [ constant "zeros" "every element 0" Spec.zeros (function
              | Spec.Constant value -> isZero value
              | _ -> false)
          constant "ones" "every element 1" Spec.ones (function
              | Spec.Constant 1.0 -> true
              | _ -> false)
          entry "constant" [ "value", None ] "every element value" (fun a -> Spec.constant (a.Number "value")) (function
              | Spec.Constant value when not (isZero value || value = 1.0) -> Some [ number "value" value ]
              | _ -> None)
          entry
              "uniform"
              [ "low", Some "0"; "high", Some "1" ]
              "uniform on the open interval (low, high)"
              (fun a -> Spec.uniform (a.Number "low") (a.Number "high"))
              (function
               | Spec.Uniform(low, high) -> Some [ number "low" low; number "high" high ]
               | _ -> None)
          entry
              "normal"
              [ mean; "stddev", Some "1" ]
              "normal with mean and stddev"
              (fun a -> Spec.normal (a.Number "mean") (a.Number "stddev"))
              (function
               | Spec.Normal(mean, stddev) -> Some [ number "mean" mean; number "stddev" stddev ]
               | _ -> None)
          entry
              "truncated_normal"
              [ mean; "stddev", Some "0.05"; "lower", Some "-2"; "upper", Some "2" ]
              "normal restricted to bounds in standard deviations from the mean (as JAX, Keras)"
              (fun a ->
                  Spec.truncatedNormal
                      (a.Number "mean")
                      (a.Number "stddev")
                      (Bounds.Sigmas((a.Number "lower"), (a.Number "upper"))))
              (function
               | Spec.TruncatedNormal(mean, stddev, Bounds.Sigmas(lower, upper)) ->
                   Some
                       [ number "mean" mean
                         number "stddev" stddev
                         number "lower" lower
                         number "upper" upper ]
               | _ -> None)
          alias
              "trunc_normal_tf"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to a and b standard deviations from the mean (as timm)"
              (fun a ->
                  Spec.truncatedNormal
                      (a.Number "mean")
                      (a.Number "stddev")
                      (Bounds.Sigmas((a.Number "a"), (a.Number "b"))))
          entry
              "trunc_normal"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to the absolute interval (a, b) (as PyTorch)"
              (fun a ->
                  Spec.truncatedNormal
                      (a.Number "mean")
                      (a.Number "stddev")
                      (Bounds.Absolute((a.Number "a"), (a.Number "b"))))
              (function
               | Spec.TruncatedNormal(mean, stddev, Bounds.Absolute(a, b)) ->
                   Some [ number "mean" mean; number "stddev" stddev; number "a" a; number "b" b ]
               | _ -> None)
          entry
              "triangular"
              [ "low", Some "-1"; "mode", Some "0"; "high", Some "1" ]
              "triangular on the open interval (low, high), peak at mode"
              (fun a -> Spec.triangular (a.Number "low") (a.Number "mode") (a.Number "high"))
              (function
               | Spec.Triangular(low, mode, high) -> Some [ number "low" low; number "mode" mode; number "high" high ]
               | _ -> None) ]

    /// One entry a location-scale family.
    let private locationScaleFamilies =
        Families.all
        |> List.map (fun family ->
            entry
                family.Name
                [ "loc", Some "0"; "scale", Some "1" ]
                family.Summary
                (fun a -> Spec.LocationScale(family, a.Number "loc", a.Number "scale"))
                (function
                 | Spec.LocationScale(other, loc, scale) when other = family ->
                     Some [ number "loc" loc; number "scale" scale ]
                 | _ -> None))

    /// Variances and limits that depend on a fan, with all their numbers.
    let private fanScaled =
        [ entry
              "variance_scaling"
              [ "scale", Some "1"; mode; "distribution", Some "truncated_normal"; mean ]
              "variance scale/fan: normal, truncated_normal or uniform"
              (fun a ->
                  Spec.VarianceScaling(a.Number "scale", a.Mode "mode", a.Distribution "distribution", a.Number "mean"))
              (function
               | Spec.VarianceScaling(scale, mode, family, mean) ->
                   Some
                       [ number "scale" scale
                         modeWord mode
                         "distribution", Value.Word(EnumText.text EnumText.families family)
                         if not (isZero mean) then
                             number "mean" mean ]
               | _ -> None)
          entry
              "fan_uniform"
              [ "numerator", None; "mode", None; "power", None; gain ]
              "Ivy's Uniform: uniform on ± gain*(numerator/fan)^power"
              (fun a -> Spec.FanUniform(a.Number "numerator", a.Mode "mode", a.Number "power", a.Gain "gain"))
              (function
               | Spec.FanUniform(numerator, mode, power, gain) ->
                   Some
                       [ number "numerator" numerator
                         modeWord mode
                         number "power" power
                         number "gain" gain ]
               | _ -> None) ]

    let all = distributions @ locationScaleFamilies @ fanScaled
