namespace Initializers.Files

open Initializers
open Initializers.Kernels
open Initializers.FSharp

/// Stacks of layers that the tensors of a file make, in its order.
module internal FileStack =
    let private isFloat (storage: Storage) =
        List.contains (Storage.toText storage) [ "F32"; "F16"; "BF16"; "F64" ]

    /// Whether a tensor is the weight of a layer: a matrix, or a square kernel.
    let private isLayer (entry: TensorEntry) =
        isFloat entry.Storage
        && entry.Shape.Length > 0L
        && (match entry.Shape.Dims with
            | [ _; _ ] -> true
            | [ _; _; height; width ] -> height = width
            | _ -> false)

    /// Whether a matrix is [in, out], by the layout of its rule or of the file.
    let private isTransposed (blueprint: Blueprint) (fan: Fan) (entry: TensorEntry) =
        let isInOut fan =
            match fan with
            | Fan.From Layout.InOut -> true
            | Fan.Axes axes -> FanAxes.toText axes = "in,out"
            | _ -> false

        entry.Shape.Rank = 2
        && (isInOut fan || Map.tryFind entry.Name blueprint.Layouts |> Option.exists isInOut)

    /// Sizes of the axes, outputs first.
    let private dims transposed (entry: TensorEntry) =
        if transposed then
            List.rev entry.Shape.Dims
        else
            entry.Shape.Dims

    /// The name of a layer's biases.
    let private biasName (weight: string) =
        [ "weight"; "kernel" ]
        |> List.tryPick (fun word ->
            if weight.EndsWith(word, System.StringComparison.Ordinal) then
                Some(weight.Substring(0, weight.Length - word.Length) + "bias")
            else
                None)

    /// The faults of layers that are not one after the other.
    let private chainFaults (source: string) (layers: DrawnTensor list) : InitError list =
        let kernels, matrices =
            layers |> List.partition (fun layer -> layer.Dims.Length > 2)

        match matrices, kernels with
        | [], [] -> [ InitError.Propagation(PropagationFault.LayersMissing source) ]
        | matrix :: _, kernel :: _ -> [ InitError.Propagation(PropagationFault.LayersMixed(matrix.Name, kernel.Name)) ]
        | _ ->
            let broken =
                List.pairwise layers
                |> List.filter (fun (before, layer) -> before.Dims.Head <> layer.Dims.Tail.Head)

            match broken with
            | [] -> []
            | (before, layer) :: others ->
                // The first is the cause of many.
                [ InitError.Propagation(
                      PropagationFault.LayersNotChained(
                          before.Name,
                          before.Dims.Head,
                          layer.Name,
                          layer.Dims.Tail.Head,
                          others.Length
                      )
                  ) ]

    /// A tensor with its rule's plan, promised mean and stddev.
    let private ofPlanned blueprint (tensor: PlannedTensor) : Result<DrawnTensor, InitError list> =
        let transposed = isTransposed blueprint tensor.Rule.Fan tensor.Entry

        match tensor.Content with
        | Content.Floats plan ->
            Blueprint.explain tensor
            |> Result.map (fun explained ->
                { Name = tensor.Entry.Name
                  Dims = dims transposed tensor.Entry
                  IsTransposed = transposed
                  Plan = plan
                  Mean = explained.Mean
                  Variance = explained.Stddev * explained.Stddev })
        | _ -> Error [ InitError.Propagation(PropagationFault.LayersMissing tensor.Entry.Name) ]

    let private network
        (settings: PropagationSettings)
        image
        source
        title
        (layers: DrawnTensor list)
        (biasOf: DrawnTensor -> Result<DrawnTensor option, InitError list>)
        : Result<Network, InitError list> =
        validation {
            let! () = chainFaults source layers
            and! biases = layers |> Validation.traverse biasOf

            let kernel =
                layers |> List.tryHead |> Option.filter (fun layer -> layer.Dims.Length > 2)

            let size =
                kernel
                |> Option.map (fun layer -> int (List.last layer.Dims))
                |> Option.defaultValue 1

            let stages =
                List.zip layers biases
                |> List.mapi (fun index (layer, bias) ->
                    let linear =
                        match kernel with
                        | Some _ -> Block.convolution (int (List.last layer.Dims)) image
                        | None -> Block.dense

                    Stages.layer settings.Activation linear index layer.Name layer bias)

            let positions = if kernel.IsSome then image * image else 1

            let features =
                layers |> List.tryHead |> Option.map (fun layer -> int layer.Dims.Tail.Head)

            let most =
                layers
                |> List.map (fun layer -> max layer.Dims.Head layer.Dims.Tail.Head)
                |> List.fold max 0L

            let! () =
                Propagation.jacobianFaults settings (most * int64 positions)
                @ Propagation.memoryFaults settings (most * int64 (size * size)) positions

            return
                { Title = title
                  Stages = stages
                  Features = Option.defaultValue 1 features
                  Positions = positions
                  Theory = fun () -> Stages.theory stages (size * size) None settings.Activation settings.Correlation }
        }

    /// The network of a file's rules.
    let ofRules (settings: PropagationSettings) image (blueprint: Blueprint) (tensors: PlannedTensor list) =
        let isLayer (tensor: PlannedTensor) =
            isLayer tensor.Entry && tensor.Tie.IsNone

        validation {
            let! layers =
                tensors |> List.filter isLayer |> Validation.traverse (ofPlanned blueprint)

            let biasOf (layer: DrawnTensor) =
                tensors
                |> List.tryFind (fun tensor ->
                    Some tensor.Entry.Name = biasName layer.Name
                    && tensor.Entry.Shape.Dims = [ layer.Dims.Head ])
                |> Option.map (ofPlanned blueprint >> Result.map Some)
                |> Option.defaultValue (Ok None)

            return! network settings image blueprint.Source blueprint.Source layers biasOf
        }

    /// The network of a file's shapes, whose weights all have one spec.
    let ofSpec (settings: PropagationSettings) image (blueprint: Blueprint) (spec: Spec) =
        validation {
            let! layers =
                blueprint.Tensors
                |> List.filter isLayer
                |> Validation.traverse (fun entry ->
                    let sizes = dims (isTransposed blueprint Fan.Unknown entry) entry
                    Stages.tensor sizes spec |> Result.map (fun named -> named entry.Name))

            let biasOf (layer: DrawnTensor) =
                Stages.tensor [ layer.Dims.Head ] settings.Bias
                |> Result.map (fun named -> Some(named (defaultArg (biasName layer.Name) $"{layer.Name}.bias")))

            return! network settings image blueprint.Source (SpecText.toText spec) layers biasOf
        }
