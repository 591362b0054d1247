namespace Initializers.FSharp

open System
open System.Threading
open Initializers

[<RequireQualifiedAccess>]
module Propagation =
    [<CompiledName "Defaults">]
    let defaults: PropagationSettings =
        { Stack = Stack.Mlp
          Depth = 50
          Width = 512
          Activation = Nonlinearity.Relu
          Specs = [ Spec.heNormal ]
          Bias = Spec.zeros
          Seed = Seed.ofUInt64 0UL
          Seeds = 3
          Batch = 128
          Correlation = 0.5
          Jacobian = false }

    let private range name (least: int) (greatest: int) (value: int) =
        Validation.check
            (InitError.ParameterOutOfRange("propagation", name, int64 value, int64 least, int64 greatest))
            (value >= least && value <= greatest)

    let private finite name value =
        Validation.finite "propagation" [ name, value ]

    let faults (settings: PropagationSettings) : InitError list =
        range "seeds" 1 1000 settings.Seeds
        @ range "batch" 2 65536 settings.Batch
        @ Validation.check
            (InitError.ArgumentInvalid("correlation", Names.number settings.Correlation, "a number from -1 to 1"))
            (abs settings.Correlation <= 1.0)
        @ Nonlinearity.faults settings.Activation

    /// The positions of an input, the most features of a product for each of the width, and the faults of the stack's numbers.
    let private stack (settings: PropagationSettings) =
        match settings.Stack with
        | Stack.Mlp -> 1, 1, []
        | Stack.Residual scale -> 1, 1, finite "scale" scale
        | Stack.Convolution(kernel, image) ->
            let faults = range "kernel" 1 31 kernel @ range "image" 1 256 image

            if faults.IsEmpty then
                image * image, kernel * kernel, []
            else
                1, 1, faults
        | Stack.Transformer(heads, tokens, _, scale) ->
            let heads' = range "heads" 1 settings.Width heads

            let uneven =
                Validation.check
                    (InitError.Propagation(PropagationFault.HeadsUneven(settings.Width, heads)))
                    (not heads'.IsEmpty || settings.Width % heads = 0)

            tokens, 4, heads' @ uneven @ range "tokens" 1 4096 tokens @ finite "scale" scale

    /// The most inputs or outputs of a Jacobian whose singular values are computed.
    let private largestJacobian = 2048L

    let jacobianFaults (settings: PropagationSettings) (size: int64) =
        Validation.check
            (InitError.ParameterOutOfRange("propagation", "size of the Jacobian", size, 1L, largestJacobian))
            (not settings.Jacobian || size <= largestJacobian)

    let memoryFaults (settings: PropagationSettings) (features: int64) (positions: int) =
        let columns =
            if settings.Jacobian then
                max (int64 settings.Batch) (int64 settings.Width * int64 positions)
            else
                int64 settings.Batch

        Validation.check
            InitError.MemoryExhausted
            (Shape.product [ features; columns; int64 positions ] <= int64 Array.MaxLength)

    let networks (settings: PropagationSettings) : Result<Network list, InitError list> =
        let positions, times, stack = stack settings

        let sizes =
            range "depth" 1 10000 settings.Depth @ range "width" 1 16384 settings.Width

        let jacobian =
            if List.isEmpty (sizes @ stack) then
                jacobianFaults settings (int64 settings.Width * int64 positions)
                @ memoryFaults settings (int64 settings.Width * int64 times) positions
            else
                []

        let missing =
            Validation.check (InitError.ArgumentMissing("spec", "he_normal")) (not settings.Specs.IsEmpty)

        match sizes @ stack @ jacobian with
        | [] ->
            validation {
                let! () = faults settings
                and! () = missing
                and! networks = settings.Specs |> Validation.traverse (Stages.network settings)
                return networks
            }
        | wrong -> Error(wrong @ faults settings @ missing)

    [<CompiledName "Validate">]
    let validate (settings: PropagationSettings) : Result<unit, InitError list> =
        networks settings |> Result.map ignore |> FaultReport.result

    let private curve (seeds: float[] list) : SignalCurve =
        let over (f: float[] -> float) =
            seeds |> List.map List.ofArray |> List.transpose |> List.map (Array.ofList >> f)

        { Mean = over Array.average
          Low = over Array.min
          High = over Array.max }

    let private ofNetwork (settings: PropagationSettings) (network: Network) : Result<SpecPropagation, InitError list> =
        let seed i =
            Seed(settings.Seed.Key + uint64 i, settings.Seed.Stream)

        init {
            let! seeds =
                [ 0 .. settings.Seeds - 1 ]
                |> Validation.traverse (fun i -> Signals.ofSeed settings network (seed i))

            let! theory = network.Theory()

            let! jacobian =
                if settings.Jacobian then
                    Signals.jacobian network settings settings.Seed
                else
                    Ok []

            return
                { Spec = network.Title
                  Forward = seeds |> List.map _.Forward |> curve
                  Backward = seeds |> List.map _.Backward |> curve
                  Correlation = seeds |> List.map _.Correlation |> curve
                  Theory = theory
                  Jacobian = jacobian }
        }

    let ofNetworks
        (settings: PropagationSettings)
        (networks: Network list)
        : Result<PropagationReport, InitError list> =
        networks
        |> Validation.traverse (ofNetwork settings)
        |> Result.map (fun specs ->
            { Layers = networks.Head.Stages |> List.map _.Name
              Specs = specs })

    [<CompiledName "Run">]
    let run (settings: PropagationSettings) (token: CancellationToken) : Result<PropagationReport, InitError list> =
        let work () =
            networks settings |> Result.bind (ofNetworks settings)

        Cancellation.Request(token, work) |> FaultReport.result

    /// The spec of a family whose weights have this variance times fan_in.
    let private ofFamily (weight: float) (spec: Spec) =
        let scaled family =
            Spec.VarianceScaling(weight, FanMode.FanIn, family, 0.0)

        match spec with
        | Spec.Orthogonal _
        | Spec.DeltaOrthogonal _ -> Spec.Orthogonal(Math.Sqrt weight)
        | Spec.Uniform _
        | Spec.FanUniform _
        | Spec.VarianceScaling(_, _, DistributionFamily.Uniform, _) -> scaled DistributionFamily.Uniform
        | _ -> scaled DistributionFamily.Normal

    /// The squared length that a residual stack may reach.
    let private longest = 2.0

    /// The scale of branches with which no spec's length exceeds the limit, by bisection of the prediction.
    let private residualScale (settings: PropagationSettings) =
        let longestAt scale =
            init {
                let! networks =
                    settings.Specs
                    |> Validation.traverse (
                        Stages.network
                            { settings with
                                Stack = Stack.Residual scale }
                    )

                let! curves = networks |> Validation.traverse (fun network -> network.Theory())

                return
                    curves
                    |> List.choose Result.toOption
                    |> List.map (fun curves -> List.last curves.Forward)
                    |> List.fold max 0.0
            }

        let rec halve low high steps =
            if steps = 0 then
                Ok low
            else
                let middle = (low + high) / 2.0

                longestAt middle
                |> Result.bind (fun length ->
                    if length * length <= longest then
                        halve middle high (steps - 1)
                    else
                        halve low middle (steps - 1))

        halve 0.0 1.0 20

    [<CompiledName "Suggest">]
    let suggest (settings: PropagationSettings) : Result<PropagationSettings, InitError list> =
        init {
            let! () = validate settings

            match settings.Stack with
            | Stack.Residual _ ->
                // Lengths alone are wanted: a correlation of 1 costs no double integrals.
                let! scale = residualScale { settings with Correlation = 1.0 }

                return
                    { settings with
                        Stack = Stack.Residual scale }
            | Stack.Transformer(heads, tokens, normalization, _) ->
                let scale = 1.0 / Math.Sqrt(2.0 * float settings.Depth)

                return
                    { settings with
                        Stack = Stack.Transformer(heads, tokens, normalization, scale) }
            | Stack.Mlp
            | Stack.Convolution _ ->
                let! activity = MeanField.activity settings.Activation 1.0
                let! bias = Stages.tensor [ int64 settings.Width ] settings.Bias
                let variance = (bias "bias").Variance
                let weight = (1.0 - variance) / activity

                let! () =
                    Validation.ofFaults
                        (Validation.check
                            (InitError.ArgumentInvalid(
                                "bias",
                                SpecText.toText settings.Bias,
                                "biases with a variance below 1, which leave a part of the length to the weights"
                            ))
                            (weight > 0.0 && Double.IsFinite weight))
                        ()

                return
                    { settings with
                        Specs = settings.Specs |> List.map (ofFamily weight) |> List.distinct }
        }
        |> FaultReport.result
