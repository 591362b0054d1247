namespace Initializers.FSharp

open System

type MeanFieldLayer =
    { Forward: float
      Backward: float
      Bias: float }

type MeanFieldCurves =
    { Forward: float list
      Backward: float list
      Chi: float list
      Correlation: float list }

[<RequireQualifiedAccess>]
module MeanField =
    /// Gauss-Legendre's rule of ten points on (-1, 1).
    let private rule =
        [| for x, weight in Quadrature.rule do
               struct (-x, weight)
               struct (x, weight) |]

    /// Where the core's functions have kinks, and ends of parts that a polynomial of degree 19 follows.
    let private bends = [| 0.0; 1.0; 3.0; 6.0; 14.0 |]

    /// Ends of panels in z for a function of shift + root*z: bends, and steps of 2 up to where the density is below 1e-16.
    let private ends (shift: float) (root: float) (more: float[]) =
        let reach = 8.5

        [| for z in -8.0 .. 2.0..8.0 do
               z

           if root > 0.0 then
               for u in bends do
                   (u - shift) / root
                   (-u - shift) / root

           for z in more do
               z
               -z |]
        |> Array.filter (fun z -> abs z < reach)
        |> Array.append [| -reach; reach |]
        |> Array.sort

    /// E[g(Z)] by panels between these ends.
    let private expectation (ends: float[]) (g: float -> float) =
        let mutable sum = 0.0

        for i in 1 .. ends.Length - 1 do
            let half = (ends[i] - ends[i - 1]) / 2.0

            if half > 0.0 then
                let middle = (ends[i] + ends[i - 1]) / 2.0

                for struct (x, weight) in rule do
                    let z = middle + half * x
                    sum <- sum + weight * half * CubicTable.density z * g z

        sum

    /// E[f(sqrt(q) Z)²]. Functions with kinks at known places need no search for them.
    let private moment name nonlinearity (q: float) (f: float -> float) =
        let root = Math.Sqrt q

        match nonlinearity with
        | Nonlinearity.Relu6
        | Nonlinearity.HardTanh
        | Nonlinearity.HardSigmoid
        | Nonlinearity.HardSwish ->
            let squared z =
                let y = f (root * z)
                y * y

            Ok(expectation (ends 0.0 root [||]) squared)
        | _ -> Gain.momentOf name (fun z -> f (root * z))

    [<CompiledName "Activity">]
    let activity (nonlinearity: Nonlinearity) (q: float) : Result<float, InitError list> =
        match nonlinearity with
        | Nonlinearity.Linear -> Ok q
        | Nonlinearity.Relu -> Ok(q / 2.0)
        | Nonlinearity.LeakyRelu slope -> Ok(q * (1.0 + slope * slope) / 2.0)
        | other -> moment (Nonlinearity.toText other) other q (Nonlinearity.apply other)

    let private slope nonlinearity x =
        let struct (_, slope) = Nonlinearity.applyWithSlope nonlinearity x
        slope

    [<CompiledName "Sensitivity">]
    let sensitivity (nonlinearity: Nonlinearity) (q: float) : Result<float, InitError list> =
        match nonlinearity with
        | Nonlinearity.Linear -> Ok 1.0
        | Nonlinearity.Relu -> Ok 0.5
        | Nonlinearity.LeakyRelu slope -> Ok((1.0 + slope * slope) / 2.0)
        | other -> moment $"the derivative of {Nonlinearity.toText other}" other q (slope other)

    [<CompiledName "Covariance">]
    let covariance (nonlinearity: Nonlinearity) (q: float) (c: float) : float =
        let c = Math.Clamp(c, -1.0, 1.0)
        // u = common*W + rest*Z and v = sign*common*W + rest*Z' with independent W, Z and Z'.
        let common = Math.Sqrt(q * abs c)
        let rest = Math.Sqrt(q * (1.0 - abs c))

        let f = CubicTable.nonlinearity nonlinearity

        let value x =
            let struct (value, _) = f x
            value

        let given shift =
            if rest = 0.0 then
                value shift
            else
                expectation (ends shift rest [||]) (fun z -> value (shift + rest * z))

        // A kink at 0 is rounded over a width of rest.
        let rounded =
            if common > 0.0 then
                [| 2.0; 6.0; 20.0 |] |> Array.map (fun k -> k * rest / common)
            else
                [||]

        expectation (ends 0.0 common rounded) (fun w ->
            let first = given (common * w)
            let second = if c >= 0.0 then first else given (-common * w)
            first * second)

    [<CompiledName "Critical">]
    let critical (nonlinearity: Nonlinearity) (q: float) : Result<struct (float * float), InitError list> =
        Validation.both (activity nonlinearity q) (sensitivity nonlinearity q)
        |> Result.map (fun (activity, sensitivity) ->
            let weight = 1.0 / sensitivity
            struct (weight, q - weight * activity))

    /// The lengths and covariances of two signals after a layer, from those before it.
    let private next nonlinearity (scale: float option) (layer: MeanFieldLayer) (q: float, c: float) =
        activity nonlinearity q
        |> Result.map (fun activity ->
            let covariance = if c >= 1.0 then activity else covariance nonlinearity q c
            let length = layer.Forward * activity + layer.Bias
            let common = layer.Forward * covariance + layer.Bias

            match scale with
            | None -> length, common / length
            | Some scale ->
                let sum = q + scale * scale * length
                sum, (q * c + scale * scale * common) / sum)

    /// A length that float64 squares without overflow; signals beyond it have no prediction.
    let private isBounded (q: float) = q < 1.0e150

    [<CompiledName "Curves">]
    let curves
        (layers: MeanFieldLayer list)
        (scale: float option)
        (nonlinearity: Nonlinearity)
        (correlation: float)
        : Result<MeanFieldCurves, InitError list> =
        // The inputs of the first layer pass no nonlinearity, but for those of a branch.
        let first (layer: MeanFieldLayer) =
            match scale with
            | None ->
                let length = layer.Forward + layer.Bias
                Ok(length, (layer.Forward * correlation + layer.Bias) / length)
            | Some _ -> next nonlinearity scale layer (1.0, correlation)

        let rec follow signal layers found =
            match layers with
            | [] -> Ok(List.rev found)
            | _ when not (isBounded (fst signal)) ->
                follow (infinity, nan) (List.tail layers) ((infinity, nan) :: found)
            | layer :: rest ->
                next nonlinearity scale layer signal
                |> Result.bind (fun signal -> follow signal rest (signal :: found))

        let chi (layer: MeanFieldLayer) (q: float) =
            if isBounded q then
                sensitivity nonlinearity q
                |> Result.map (fun sensitivity ->
                    match scale with
                    | None -> layer.Backward * sensitivity
                    | Some scale -> 1.0 + scale * scale * layer.Backward * sensitivity)
            else
                Ok nan

        match layers with
        | [] ->
            Ok
                { Forward = []
                  Backward = []
                  Chi = []
                  Correlation = [] }
        | head :: rest ->
            init {
                let! start = first head
                let! signals = follow start rest [ start ]
                // The gradient goes from a layer to the one before it; the last layer's chi is that of one more layer like it.
                let after = rest @ [ List.last layers ]

                let! chis =
                    List.zip after signals
                    |> Validation.traverse (fun (layer, (q, _)) -> chi layer q)

                let gradients =
                    List.scanBack (fun chi g -> chi * g) (chis |> List.truncate rest.Length) 1.0

                return
                    { Forward = signals |> List.map (fst >> Math.Sqrt)
                      Backward = gradients |> List.map Math.Sqrt
                      Chi = chis
                      Correlation = signals |> List.map snd }
            }
