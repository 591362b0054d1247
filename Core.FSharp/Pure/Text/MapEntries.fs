namespace Initializers.FSharp

open Initializers.FSharp.EntryParts

/// Entries of monotone maps and of what one of them makes.
[<RequireQualifiedAccess>]
module internal MapEntries =
    let private summary (map: MonotoneMap) =
        match map with
        | MonotoneMap.Log -> "the natural logarithm of the elements of inner, which lie above 0"
        | MonotoneMap.Exp -> "e^x of the elements x of inner"
        | MonotoneMap.Sqrt -> "the square root of the elements of inner, which are 0 or more"
        | MonotoneMap.Reciprocal -> "1/x of the elements x of inner, which have one sign"
        | MonotoneMap.Softplus -> "log(1 + e^x) of the elements x of inner"
        | MonotoneMap.InverseSoftplus ->
            "log(e^x - 1) of the elements x of inner, which lie above 0 (as Mamba's dt_bias)"
        | MonotoneMap.Logit -> "log(x/(1 - x)) of the elements x of inner, which lie between 0 and 1"
        | MonotoneMap.Sigmoid -> "1/(1 + e^-x) of the elements x of inner"
        | MonotoneMap.Tanh -> "the hyperbolic tangent of the elements of inner"

    let private maps =
        MonotoneMap.all
        |> List.map (fun map ->
            entry (MonotoneMap.name map) [ innerSpec ] (summary map) (fun a -> Spec.Map(map, a.Spec "inner")) (function
                | Spec.Map(other, spec) when other = map -> Some [ nested spec ]
                | _ -> None))

    let private logUniform =
        entry
            "log_uniform"
            [ "low", None; "high", None ]
            "log-uniform on the open interval (low, high) above 0 (as SciPy's loguniform)"
            (fun a -> Spec.logUniform (a.Number "low") (a.Number "high"))
            (function
             | Spec.LogUniform(low, high) -> Some [ number "low" low; number "high" high ]
             | _ -> None)

    let all = logUniform :: maps
