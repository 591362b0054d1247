namespace Initializers.FSharp

open System

[<RequireQualifiedAccess>]
module Gain =
    /// Lobatto's rule on [-1, 1], and the derivatives at its nodes of the polynomial through values there. The ends are
    /// nodes, since a kink between an end and the outermost of Gauss's nodes would be seen by none of them.
    type private Rule =
        { Nodes: float[]
          Weights: float[]
          Derivative: float[][] }

    let private order = 16

    /// Legendre's polynomial P of degree order - 1 and the one of a degree less, by Bonnet's recurrence.
    let private legendre (x: float) =
        let mutable below = 1.0
        let mutable value = x

        for k in 2 .. order - 1 do
            let next = (float (2 * k - 1) * x * value - float (k - 1) * below) / float k
            below <- value
            value <- next

        struct (value, below)

    /// P' and P'' within (-1, 1).
    let private slopes (x: float) =
        let n = float (order - 1)
        let struct (value, below) = legendre x
        let slope = n * (x * value - below) / (x * x - 1.0)
        struct (slope, (2.0 * x * slope - n * (n + 1.0) * value) / (1.0 - x * x))

    let private rule =
        lazy
            // The inner nodes are the roots of P'. The steps are small enough to separate them.
            (let steps = 1024
             let place i = float i / float steps

             let inner =
                 [| for i in 0 .. steps - 2 do
                        let struct (a, _) = slopes (place i)
                        let struct (b, _) = slopes (place (i + 1))

                        if a * b < 0.0 then
                            let newton x =
                                let struct (slope, second) = slopes x
                                x - slope / second

                            Seq.fold (fun x _ -> newton x) (place i) [ 1..8 ] |]

             let positive = Array.append inner [| 1.0 |]
             let nodes = Array.append (positive |> Array.rev |> Array.map (~-)) positive

             let value x =
                 let struct (value, _) = legendre x
                 value

             // The polynomial's derivative by Lagrange's form, with barycentric weights 1/P(x). A row sums to 0, as for a
             // constant it must.
             let derivative =
                 nodes
                 |> Array.mapi (fun i x ->
                     let row =
                         nodes
                         |> Array.mapi (fun j y -> if i = j then 0.0 else value x / (value y * (x - y)))

                     row[i] <- -(Array.sum row)
                     row)

             let n = float order

             { Nodes = nodes
               Weights = nodes |> Array.map (fun x -> 2.0 / (n * (n - 1.0) * value x * value x))
               Derivative = derivative })

    [<Struct>]
    type private Panel = { Middle: float; Half: float }

    let private density z =
        Exact.exp (-0.5 * z * z) / Math.Sqrt(2.0 * Math.PI)

    /// The results in turn, up to the first fault.
    let private inTurn (f: 'a -> Result<'b, 'e>) (items: 'a list) : Result<'b list, 'e> =
        (Ok [], items)
        ||> List.fold (fun known item -> known |> Result.bind (fun done' -> f item |> Result.map (fun x -> x :: done')))
        |> Result.map List.rev

    /// A function's value, or the reason why it has none. Exceptions of the caller's function are caught only here.
    let private sample name (f: float -> float) (z: float) =
        let undefined reason =
            Error [ InitError.ActivationUndefined(name, z, reason) ]

        try
            match f z with
            | x when Double.IsFinite x -> Ok x
            | x -> undefined $"it gives {Names.number x}"
        with e ->
            undefined $"it throws '{Names.exceptionText e}'"

    /// A panel's part of E[f(z)²], or of E[f'(z)²].
    let private part differentiated (f: float -> Result<float, InitError list>) (panel: Panel) =
        let rule = rule.Value
        let places = rule.Nodes |> Array.map (fun x -> panel.Middle + panel.Half * x)

        places
        |> List.ofArray
        |> inTurn f
        |> Result.map (fun values ->
            let values = Array.ofList values

            let squared =
                if differentiated then
                    // A constant has no slope, to the last bit.
                    let constant = values[order / 2]

                    rule.Derivative
                    |> Array.map (fun row ->
                        let rise = Array.fold2 (fun sum d x -> sum + d * (x - constant)) 0.0 row values
                        let slope = rise / panel.Half
                        slope * slope)
                else
                    values |> Array.map (fun x -> x * x)

            Array.map3 (fun w z square -> w * density z * square) rule.Weights places squared
            |> Array.sum
            |> (*) panel.Half)

    /// The largest number of panels that are halved at once. One kink or jump needs one per level.
    let private most = 16384

    /// Half of the narrowest panel, whose nodes float64 still tells apart. A kink's panel settles at some 1e-12.
    let private narrowest = 1.0e-14

    /// The largest change by halving, relative to the whole, at which it stops. A panel's error is far below its last
    /// change.
    let private tolerance = 1.0e-12

    let private halves panel =
        let half = panel.Half / 2.0

        [ { Middle = panel.Middle - half
            Half = half }
          { Middle = panel.Middle + half
            Half = half } ]

    /// The sum over panels, each with its part, which are halved until no half matters.
    let rec private refined name part allowed total (pending: (Panel * float) list) : Result<float, InitError list> =
        match pending with
        | [] -> Ok total
        | (first, _) :: _ when pending.Length > most || first.Half < narrowest ->
            // Panels are in order, and all as wide.
            let last, _ = List.last pending
            Error [ InitError.ActivationNotSmooth(name, first.Middle - first.Half, last.Middle + last.Half) ]
        | _ ->
            pending
            |> inTurn (fun (panel, whole) ->
                let both = halves panel
                both |> inTurn part |> Result.map (fun parts -> List.zip both parts, whole))
            |> Result.bind (fun split ->
                let settled, open' =
                    split
                    |> List.partition (fun (parts, whole) -> abs (List.sumBy snd parts - whole) <= allowed)

                refined
                    name
                    part
                    allowed
                    (total + (settled |> List.sumBy (fst >> List.sumBy snd)))
                    (open' |> List.collect fst))

    /// Kinks at multiples of 1/2 are ends of panels.
    let private panels =
        [ for i in -32 .. 31 ->
              { Middle = float i / 2.0 + 0.25
                Half = 0.25 } ]

    /// E[f(z)²], or E[f'(z)²].
    let private moment differentiated name f =
        let part = part differentiated (sample name f)

        panels
        |> inTurn (fun panel -> part panel |> Result.map (fun whole -> panel, whole))
        |> Result.bind (fun first ->
            let total = first |> List.sumBy snd

            if Double.IsFinite total then
                refined name part (tolerance * total) 0.0 first
            else
                Ok total)

    let momentOf name f = moment false name f

    let private gain differentiated name f =
        moment differentiated name f
        |> Result.bind (fun moment ->
            let gain = 1.0 / Math.Sqrt moment

            Validation.ofFaults
                (Validation.check
                    (InitError.GainNotFinite(name, differentiated, moment))
                    (Double.IsFinite gain && gain > 0.0))
                gain)

    [<CompiledName "ForwardOf">]
    let forwardOf (name: string) (f: float -> float) = gain false name f

    [<CompiledName "BackwardOf">]
    let backwardOf (name: string) (f: float -> float) = gain true name f

    let private leaky negativeSlope =
        Validation.ofFaults
            (PresetFaults.kaimingFaults "leaky_relu" negativeSlope)
            (Math.Sqrt(PresetFaults.leakyScale negativeSlope))

    /// A computed gain of the core's own function. Those of rectifiers, by symmetry the same both ways, have a closed form.
    let private computed differentiated nonlinearity =
        match nonlinearity with
        | Nonlinearity.Linear -> Ok 1.0
        | Nonlinearity.Relu -> leaky 0.0
        | Nonlinearity.LeakyRelu slope -> leaky slope
        | other ->
            Validation.ofFaults (Nonlinearity.faults other) ()
            |> Result.bind (fun () -> gain differentiated (Nonlinearity.toText other) (Nonlinearity.apply other))

    [<CompiledName "Forward">]
    let forward (nonlinearity: Nonlinearity) = computed false nonlinearity

    [<CompiledName "Backward">]
    let backward (nonlinearity: Nonlinearity) = computed true nonlinearity

    let private listed nonlinearity =
        match nonlinearity with
        | Nonlinearity.Linear
        | Nonlinearity.Sigmoid -> Some(Ok 1.0)
        | Nonlinearity.Tanh -> Some(Ok(5.0 / 3.0))
        | Nonlinearity.Relu -> Some(leaky 0.0)
        | Nonlinearity.LeakyRelu slope -> Some(leaky slope)
        | Nonlinearity.Selu -> Some(Ok 0.75)
        | _ -> None

    [<CompiledName "TorchListed">]
    let torchListed =
        Nonlinearity.known
        |> List.map fst
        |> List.filter (fun name ->
            match Nonlinearity.parse name with
            | Ok known -> (listed known).IsSome
            | Error _ -> false)

    [<CompiledName "Torch">]
    let torch (nonlinearity: Nonlinearity) =
        listed nonlinearity
        |> Option.defaultWith (fun () ->
            Error [ InitError.GainNotTabulated(Nonlinearity.toText nonlinearity, torchListed) ])

    [<CompiledName "Recommended">]
    let recommended (nonlinearity: Nonlinearity) =
        listed nonlinearity |> Option.defaultWith (fun () -> forward nonlinearity)
