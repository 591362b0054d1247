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

    /// Tensors of a model: those that a file lists, and the names of those in its other files, or why these are unknown.
    type private Model =
        { Tensors: TensorEntry list
          Elsewhere: Result<string list, InitError list> }

    let private ranked rank (rule: Rule) = { rule with Rank = Some rank }

    /// The first number from 0 that a numbered list lacks.
    let private gap (numbers: int64 list) =
        List.indexed numbers
        |> List.tryPick (fun (i, number) -> if number <> int64 i then Some(int64 i) else None)

    /// Blocks are numbered from 0, as in h.0.attn.c_attn.weight; their count is the number of distinct prefixes, such as
    /// h.0, of the attention's projections, of which a block may have several (h.0.crossattn.c_proj.weight). A block that is
    /// missing between them is in a part of the model that is not listed.
    let private layers (suffix: string) (names: string list) : Result<int, InitError list> =
        let blocks =
            names
            |> List.filter (fun name -> name.EndsWith(suffix, StringComparison.Ordinal))
            |> List.map (fun name ->
                let prefix = name.Substring(0, name.Length - suffix.Length)
                prefix.Substring(0, prefix.LastIndexOf '.' + 1).TrimEnd '.')
            |> List.distinct

        /// The stem before a block's number, and the number.
        let numbered (block: string) =
            let stem = block.Substring(0, block.LastIndexOf '.' + 1)

            NumberText.index (block.Substring stem.Length)
            |> Option.map (fun number -> stem, number)

        let missing =
            blocks
            |> List.choose numbered
            |> List.groupBy fst
            |> List.choose (fun (stem, all) ->
                let numbers = all |> List.map snd |> List.sort

                gap numbers
                |> Option.map (fun number ->
                    InitError.BlocksMissing($"{stem}{number}", numbers.Length, $"{stem}{List.last numbers}")))

        Validation.ofFaults missing blocks.Length

    /// Radford et al. 2019, section 2.3, with the numbers of the code they published: stddev 0.02, and the weights of
    /// residual layers scaled by 1/sqrt(N) for N = 2 * layers residual additions. A causal mask, attn.bias of 4 axes, is no
    /// bias and has no rule.
    let private gpt2 (model: Model) =
        model.Elsewhere
        |> Result.bind (fun elsewhere -> layers "attn.c_proj.weight" ((model.Tensors |> List.map _.Name) @ elsewhere))
        |> Result.map (fun count ->
            let residual = Spec.normal 0.0 (0.02 / Math.Sqrt(2.0 * float (max 1 count)))
            let plain = Spec.normal 0.0 0.02

            [ rule "*attn.c_proj.weight" residual |> ranked 2
              rule "*mlp.c_proj.weight" residual |> ranked 2
              rule "*ln_?.weight" Spec.ones |> ranked 1
              rule "*.bias" Spec.zeros |> ranked 1
              rule "*wte.weight" plain |> ranked 2
              rule "*wpe.weight" plain |> ranked 2
              rule "*attn.c_attn.weight" plain |> ranked 2
              rule "*mlp.c_fc.weight" plain |> ranked 2
              rule "*lm_head.weight" plain |> ranked 2 ])

    /// The constructors of torchvision 0.2x's ResNet, ResNeXt and Wide ResNet (resnet.py, `ResNet.__init__`): He et
    /// al. 2015 by fan_out for convolutions, whose fan_out is not divided by their groups; batch norms 1 and 0. The last
    /// layer is left as PyTorch's Linear makes it, uniform on ± 1/sqrt(fan_in), bias included.
    let private torchvisionResnet (model: Model) =
        let linear =
            Spec.FanUniform(numerator = 1.0, mode = FanMode.FanIn, power = 0.5, gain = 1.0)

        let bias =
            model.Tensors
            |> List.tryPick (fun t ->
                match t.Name, t.Shape.Dims with
                | "fc.weight", [ _; inputs ] -> Some(Fan.In(float inputs))
                | _ -> None)

        Ok
            [ rule "*.num_batches_tracked" Spec.zeros |> ranked 0
              rule "*.running_mean" Spec.zeros |> ranked 1
              rule "*.running_var" Spec.ones |> ranked 1
              { rule "fc.weight" linear with
                  Rank = Some 2
                  Fan = Fan.From Layout.OutIn }
              { rule "fc.bias" linear with
                  Rank = Some 1
                  Fan = Option.defaultValue Fan.Unknown bias }
              { rule "*.weight" (Spec.kaiming 0.0 FanMode.FanOut DistributionFamily.Normal) with
                  Rank = Some 4
                  Fan = Fan.From Layout.OutInSpatial }
              rule "*.weight" Spec.ones |> ranked 1
              rule "*.bias" Spec.zeros |> ranked 1 ]

    let private recipes =
        [ "gpt2",
          "normal 0.02, residual projections normal 0.02/sqrt(2*layers), biases 0, layer norms 1 (Radford et al. 2019)",
          gpt2
          "torchvision_resnet",
          "convolutions kaiming_normal by fan_out, batch norms 1 and 0, fc uniform ± 1/sqrt(fan_in) (torchvision's ResNet, ResNeXt)",
          torchvisionResnet ]

    [<CompiledName "Known">]
    let known = recipes |> List.map (fun (name, summary, _) -> name, summary)

    let rulesOf (name: string) (tensors: TensorEntry list) elsewhere : Result<Rule list, InitError list> =
        match recipes |> List.tryFind (fun (n, _, _) -> n = name) with
        | Some(_, _, make) ->
            make
                { Tensors = tensors
                  Elsewhere = elsewhere }
        | None -> Error [ InitError.RecipeUnknown(name, known |> List.map fst) ]

    [<CompiledName "Rules">]
    let rules (name: string) (tensors: TensorEntry list) : Result<Rule list, InitError list> =
        rulesOf name tensors (Ok [])
