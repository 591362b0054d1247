namespace Initializers.FSharp

open System
open Initializers

type TensorEntry =
    { Name: string
      Shape: Shape
      DType: DType }

type Rule =
    { Pattern: string
      Spec: Spec
      Fan: Fan }

[<RequireQualifiedAccess>]
module Recipe =
    let private rule pattern spec =
        { Pattern = pattern
          Spec = spec
          Fan = Fan.Unknown }

    /// Blocks are numbered, as in h.0.attn.c_attn.weight; their count is the number of distinct prefixes of the
    /// attention's projection.
    let private layers (suffix: string) (tensors: TensorEntry list) =
        tensors
        |> List.filter (fun t -> t.Name.EndsWith(suffix, StringComparison.Ordinal))
        |> List.length

    /// Radford et al. 2019, section 2.3, with the numbers of the code they published: stddev 0.02, and the weights of
    /// residual layers scaled by 1/sqrt(N) for N = 2 * layers residual additions.
    let private gpt2 (tensors: TensorEntry list) =
        let count = layers "attn.c_proj.weight" tensors
        let residual = Spec.normal 0.0 (0.02 / Math.Sqrt(2.0 * float (max 1 count)))
        let plain = Spec.normal 0.0 0.02

        [ rule "*attn.c_proj.weight" residual
          rule "*mlp.c_proj.weight" residual
          rule "*ln_?.weight" Spec.ones
          rule "*.bias" Spec.zeros
          rule "*wte.weight" plain
          rule "*wpe.weight" plain
          rule "*attn.c_attn.weight" plain
          rule "*mlp.c_fc.weight" plain
          rule "*lm_head.weight" plain ]

    let private recipes =
        [ "gpt2",
          "normal 0.02, residual projections normal 0.02/sqrt(2*layers), biases 0, layer norms 1 (Radford et al. 2019)",
          gpt2 ]

    [<CompiledName "Known">]
    let known = recipes |> List.map (fun (name, summary, _) -> name, summary)

    [<CompiledName "Rules">]
    let rules (name: string) (tensors: TensorEntry list) : Result<Rule list, InitError list> =
        match recipes |> List.tryFind (fun (n, _, _) -> n = name) with
        | Some(_, _, make) -> Ok(make tensors)
        | None -> Error [ InitError.RecipeUnknown(name, known |> List.map fst) ]
