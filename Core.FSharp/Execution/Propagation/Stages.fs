namespace Initializers.FSharp

open System
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.Kernels

/// A tensor of a network that each seed draws again, in float32.
type internal DrawnTensor =
    {
        Name: string
        /// Sizes of the axes, outputs first.
        Dims: int64 list
        /// Whether the plan has the matrix [in, out].
        IsTransposed: bool
        Plan: Plan
        Mean: float
        Variance: float
    }

    member this.Outputs = int this.Dims.Head
    /// Inputs of an output: the other axes.
    member this.Inputs = int (Shape.product this.Dims.Tail)

/// A layer or block of a network, with its tensors.
type internal Stage =
    {
        Name: string
        Weights: DrawnTensor list
        /// None for a stage without biases.
        Bias: DrawnTensor option
        /// The stage from its weights, and the bias where it is not 0.
        Build: Weight list -> float[] option -> Block
    }

/// A network of stages.
type internal Network =
    {
        Title: string
        Stages: Stage list
        /// Features of an input.
        Features: int
        /// Positions of an input: pixels or tokens.
        Positions: int
        /// The prediction, or why it is missing.
        Theory: unit -> Result<Result<MeanFieldCurves, string>, InitError list>
    }

/// Tensors and stages of networks.
module internal Stages =
    /// The elements of a tensor for a seed, which is the network's.
    let draw (seed: Seed) (tensor: DrawnTensor) : Result<float[], InitError list> =
        let elements = Array.zeroCreate<float32>(int (Plan.length tensor.Plan))
        use address = fixed elements
        let address = NativePtr.toNativeInt address
        let seed = Seed.child tensor.Name seed

        Backends.guard Device.Cpu (fun () ->
            if elements.Length > 0 then
                StructureFill.Run [| HostWork.ofPlan tensor.Plan seed 0L elements.LongLength address |])
        |> Result.map (fun () ->
            if tensor.IsTransposed then
                Array.init elements.Length (fun i ->
                    float elements[i % tensor.Inputs * tensor.Outputs + i / tensor.Inputs])
            else
                Array.map float elements)

    /// A tensor of a spec, with the fans of its shape.
    let tensor (dims: int64 list) (spec: Spec) : Result<string -> DrawnTensor, InitError list> =
        let fan =
            match dims with
            | [ _ ] -> Fan.Unknown
            | [ _; _ ] -> Fan.From Layout.OutIn
            | _ -> Fan.From Layout.OutInSpatial

        init {
            let! shape = Initialize.validate Target.cpu fan spec dims

            let! () =
                Validation.ofFaults
                    (Validation.check InitError.MemoryExhausted (shape.Length <= int64 Array.MaxLength))
                    ()

            let! plan = Plan.resolve spec shape fan DType.Float32
            let! distribution = Distribution.resolve spec shape fan

            return
                fun name ->
                    { Name = name
                      Dims = dims
                      IsTransposed = false
                      Plan = plan
                      Mean = distribution.Mean
                      Variance = distribution.Variance }
        }

    /// A weight from its elements.
    let weight (tensor: DrawnTensor) (elements: float[]) : Weight =
        { Elements = elements
          Rows = tensor.Outputs
          Columns = tensor.Inputs }

    /// Why mean-field theory says nothing about tensors, if it does not.
    let private obstacle (tensors: DrawnTensor list) =
        tensors
        |> List.tryPick (fun tensor ->
            if not (Double.IsFinite tensor.Variance) then
                Some $"the variance of {tensor.Name} is not finite"
            elif abs tensor.Mean > 1.0e-9 * (1.0 + Math.Sqrt tensor.Variance) then
                Some $"the mean of {tensor.Name} is not 0"
            else
                None)

    /// The prediction for stages of one weight each. `taps` are the elements of a kernel.
    let theory
        (stages: Stage list)
        taps
        (scale: float option)
        nonlinearity
        correlation
        : Result<Result<MeanFieldCurves, string>, InitError list> =
        match obstacle (stages |> List.collect (fun stage -> stage.Weights @ Option.toList stage.Bias)) with
        | Some reason -> Ok(Error reason)
        | None ->
            let layers =
                stages
                |> List.map (fun stage ->
                    let weight = stage.Weights.Head

                    { Forward = float weight.Inputs * weight.Variance
                      Backward = float (weight.Outputs * taps) * weight.Variance
                      Bias = stage.Bias |> Option.map _.Variance |> Option.defaultValue 0.0 })

            MeanField.curves layers scale nonlinearity correlation |> Result.map Ok

    /// A dense layer or convolution after the nonlinearity, or before it where it is the first.
    let layer nonlinearity (linear: Weight -> float[] option -> Block) index name weight bias =
        { Name = name
          Weights = [ weight ]
          Bias = bias
          Build =
            fun weights bias ->
                let linear = linear weights.Head bias

                if index = 0 then
                    linear
                else
                    Block.sequence [ Block.activation nonlinearity; linear ] }

    let private mlp (settings: PropagationSettings) scale weight bias =
        [ for index in 0 .. settings.Depth - 1 do
              let name = $"layer.{index}"
              // A branch begins with the nonlinearity in the first layer, too.
              let order = if Option.isSome scale then 1 else index

              let stage =
                  layer settings.Activation Block.dense order name (weight $"{name}.weight") (Some(bias $"{name}.bias"))

              match scale with
              | None -> stage
              | Some scale ->
                  { stage with
                      Build = fun weights bias -> Block.residual scale (stage.Build weights bias) } ]

    let private transformer (settings: PropagationSettings) heads tokens normalization scale square up down =
        let norm branch =
            match normalization with
            | Normalization.None -> branch
            | Normalization.LayerNorm -> Block.normalization true :: branch
            | Normalization.RmsNorm -> Block.normalization false :: branch

        [ for index in 0 .. settings.Depth - 1 do
              let name = $"layer.{index}"

              { Name = name
                Weights =
                  ([ "query"; "key"; "value"; "output" ]
                   |> List.map (fun part -> square $"{name}.{part}.weight"))
                  @ [ up $"{name}.up.weight"; down $"{name}.down.weight" ]
                Bias = None
                Build =
                  fun weights _ ->
                      match weights with
                      | [ query; key; value; output; up; down ] ->
                          Block.sequence
                              [ Block.residual
                                    scale
                                    (Block.sequence (norm [ Block.attention heads tokens query key value output ]))
                                Block.residual
                                    scale
                                    (Block.sequence (
                                        norm
                                            [ Block.dense up None
                                              Block.activation settings.Activation
                                              Block.dense down None ]
                                    )) ]
                      | _ -> Block.sequence [] } ]

    /// The network of settings for a spec.
    let network (settings: PropagationSettings) (spec: Spec) : Result<Network, InitError list> =
        let width = int64 settings.Width

        let make positions stages theory =
            { Title = SpecText.toText spec
              Stages = stages
              Features = settings.Width
              Positions = positions
              Theory = theory }

        match settings.Stack with
        | Stack.Mlp
        | Stack.Residual _ ->
            let scale =
                match settings.Stack with
                | Stack.Residual scale -> Some scale
                | _ -> None

            validation {
                let! weight = tensor [ width; width ] spec
                and! bias = tensor [ width ] settings.Bias
                let stages = mlp settings scale weight bias

                return make 1 stages (fun () -> theory stages 1 scale settings.Activation settings.Correlation)
            }
        | Stack.Convolution(kernel, image) ->
            validation {
                let! weight = tensor [ width; width; int64 kernel; int64 kernel ] spec
                and! bias = tensor [ width ] settings.Bias

                let stages =
                    [ for index in 0 .. settings.Depth - 1 do
                          let name = $"layer.{index}"

                          layer
                              settings.Activation
                              (Block.convolution kernel image)
                              index
                              name
                              (weight $"{name}.weight")
                              (Some(bias $"{name}.bias")) ]

                return
                    make (image * image) stages (fun () ->
                        theory stages (kernel * kernel) None settings.Activation settings.Correlation)
            }
        | Stack.Transformer(heads, tokens, normalization, scale) ->
            validation {
                let! square = tensor [ width; width ] spec
                and! up = tensor [ 4L * width; width ] spec
                and! down = tensor [ width; 4L * width ] spec
                let stages = transformer settings heads tokens normalization scale square up down

                return make tokens stages (fun () -> Ok(Error "there is no mean-field prediction for attention"))
            }
