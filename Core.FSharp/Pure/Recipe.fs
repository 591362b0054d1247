namespace Initializers.FSharp

open System
open Initializers

type TensorEntry =
    { Name: string
      Shape: Shape
      Storage: Storage }

type Rule =
    { Pattern: Pattern
      Rank: int option
      Storage: Storage option
      Spec: Spec
      Fan: Fan }

[<RequireQualifiedAccess>]
module Rule =
    [<CompiledName "OfGlob">]
    let ofGlob (glob: string) (spec: Spec) : Rule =
        { Pattern = Pattern.Glob glob
          Rank = None
          Storage = None
          Spec = spec
          Fan = Fan.Unknown }

    [<CompiledName "Compile">]
    let compile (rule: Rule) : Result<TensorEntry -> bool, InitError list> =
        let holds condition value =
            match condition with
            | None -> true
            | Some c -> c = value

        let fits (entry: TensorEntry) =
            match rule.Spec, entry.Storage with
            | Spec.Constant _, _
            | _, Storage.Float _ -> true
            | _, Storage.Integer _ -> false

        Pattern.compile rule.Pattern
        |> Result.map (fun matches entry ->
            fits entry
            && holds rule.Rank entry.Shape.Rank
            && holds rule.Storage entry.Storage
            && matches entry.Name)

    [<CompiledName "ToText">]
    let toText (rule: Rule) : string =
        [ Some(Pattern.toText rule.Pattern)
          rule.Rank |> Option.map (fun rank -> $"rank {rank}")
          rule.Storage |> Option.map Storage.toText ]
        |> List.choose id
        |> Names.list

[<RequireQualifiedAccess>]
module Recipe =
    let private rule = Rule.ofGlob

    /// Blocks are numbered, as in h.0.attn.c_attn.weight; their count is the number of distinct prefixes, such as h.0,
    /// of the attention's projections, of which a block may have several (h.0.crossattn.c_proj.weight).
    let private layers (suffix: string) (tensors: TensorEntry list) =
        tensors
        |> List.filter (fun t -> t.Name.EndsWith(suffix, StringComparison.Ordinal))
        |> List.distinctBy (fun t ->
            let prefix = t.Name.Substring(0, t.Name.Length - suffix.Length)
            prefix.Substring(0, prefix.LastIndexOf '.' + 1))
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

    /// The constructors of torchvision 0.2x's ResNet, ResNeXt and Wide ResNet (resnet.py, `ResNet.__init__`): He et
    /// al. 2015 by fan_out for convolutions, whose fan_out is not divided by their groups; batch norms 1 and 0. The last
    /// layer is left as PyTorch's Linear makes it, uniform on ± 1/sqrt(fan_in), bias included.
    let private torchvisionResnet (tensors: TensorEntry list) =
        let linear =
            Spec.FanUniform(numerator = 1.0, mode = FanMode.FanIn, power = 0.5, gain = 1.0)

        let bias =
            tensors
            |> List.tryPick (fun t ->
                match t.Name, t.Shape.Dims with
                | "fc.weight", [ _; inputs ] -> Some(Fan.In(float inputs))
                | _ -> None)

        [ rule "*.num_batches_tracked" Spec.zeros
          rule "*.running_mean" Spec.zeros
          rule "*.running_var" Spec.ones
          { rule "fc.weight" linear with
              Fan = Fan.From Layout.OutIn }
          { rule "fc.bias" linear with
              Fan = Option.defaultValue Fan.Unknown bias }
          { rule "*.weight" (Spec.kaiming 0.0 FanMode.FanOut Distribution.Normal) with
              Rank = Some 4
              Fan = Fan.From Layout.OutInSpatial }
          { rule "*.weight" Spec.ones with
              Rank = Some 1 }
          rule "*.bias" Spec.zeros ]

    let private recipes =
        [ "gpt2",
          "normal 0.02, residual projections normal 0.02/sqrt(2*layers), biases 0, layer norms 1 (Radford et al. 2019)",
          gpt2
          "torchvision_resnet",
          "convolutions kaiming_normal by fan_out, batch norms 1 and 0, fc uniform ± 1/sqrt(fan_in) (torchvision's ResNet, ResNeXt)",
          torchvisionResnet ]

    [<CompiledName "Known">]
    let known = recipes |> List.map (fun (name, summary, _) -> name, summary)

    [<CompiledName "Rules">]
    let rules (name: string) (tensors: TensorEntry list) : Result<Rule list, InitError list> =
        match recipes |> List.tryFind (fun (n, _, _) -> n = name) with
        | Some(_, _, make) -> Ok(make tensors)
        | None -> Error [ InitError.RecipeUnknown(name, known |> List.map fst) ]
