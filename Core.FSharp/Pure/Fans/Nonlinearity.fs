namespace Initializers.FSharp

open System
open System.Globalization

[<RequireQualifiedAccess>]
type Nonlinearity =
    | Linear
    | Sigmoid
    | Tanh
    | Relu
    | LeakyRelu of negativeSlope: float
    | Selu
    | Elu of alpha: float
    | Gelu
    | GeluTanh
    | QuickGelu
    | Silu
    | Mish
    | Softplus
    | LogSigmoid
    | Softsign
    | Relu6
    | HardTanh
    | HardSigmoid
    | HardSwish
    | ReluSquared

[<RequireQualifiedAccess>]
module Nonlinearity =
    /// A name in texts, its other names and its meaning; what has a number takes it, which has a name and a default.
    type private Entry =
        { Name: string
          Others: string list
          Summary: string
          Number: (string * float) option
          Make: float -> Nonlinearity }

    let private plain case name others summary =
        { Name = name
          Others = others
          Summary = summary
          Number = None
          Make = fun _ -> case }

    let private numbered make parameter name summary =
        { Name = name
          Others = []
          Summary = summary
          Number = Some parameter
          Make = make }

    let private convolutions =
        [ for name in [ "conv"; "conv_transpose" ] do
              for rank in 1..3 do
                  $"{name}{rank}d" ]

    let private entries =
        [ plain Nonlinearity.Linear "linear" ("identity" :: convolutions) "x itself"
          plain Nonlinearity.Sigmoid "sigmoid" [] "1/(1 + e^-x)"
          plain Nonlinearity.Tanh "tanh" [] "the hyperbolic tangent"
          plain Nonlinearity.Relu "relu" [] "max(x, 0)"
          numbered Nonlinearity.LeakyRelu ("negative_slope", 0.01) "leaky_relu" "x above 0, slope*x below"
          plain Nonlinearity.Selu "selu" [] "1.0507*elu(x, 1.6733)"
          numbered Nonlinearity.Elu ("alpha", 1.0) "elu" "x above 0, alpha*(e^x - 1) below"
          plain Nonlinearity.Gelu "gelu" [] "x*P(Z <= x), by the error function"
          plain Nonlinearity.GeluTanh "gelu_tanh" [ "gelu_new" ] "gelu by its approximation with tanh"
          plain Nonlinearity.QuickGelu "quick_gelu" [] "x*sigmoid(1.702*x)"
          plain Nonlinearity.Silu "silu" [ "swish" ] "x*sigmoid(x)"
          plain Nonlinearity.Mish "mish" [] "x*tanh(softplus(x))"
          plain Nonlinearity.Softplus "softplus" [] "log(1 + e^x)"
          plain Nonlinearity.LogSigmoid "logsigmoid" [ "log_sigmoid" ] "log(sigmoid(x))"
          plain Nonlinearity.Softsign "softsign" [ "soft_sign" ] "x/(1 + |x|)"
          plain Nonlinearity.Relu6 "relu6" [] "min(max(x, 0), 6)"
          plain Nonlinearity.HardTanh "hardtanh" [ "hard_tanh" ] "min(max(x, -1), 1)"
          plain Nonlinearity.HardSigmoid "hardsigmoid" [ "hard_sigmoid" ] "relu6(x + 3)/6"
          plain Nonlinearity.HardSwish "hardswish" [ "hard_swish"; "hard_silu" ] "x*relu6(x + 3)/6"
          plain Nonlinearity.ReluSquared "relu_squared" [ "relu2" ] "max(x, 0)²" ]

    [<CompiledName "Known">]
    let known =
        entries
        |> List.map (fun entry ->
            let number =
                match entry.Number with
                | Some(_, x) -> $"; a number in parentheses, {Names.number x} without"
                | None -> ""

            let others =
                if entry.Others.IsEmpty then
                    ""
                else
                    $"; also {Names.list entry.Others}"

            entry.Name, entry.Summary + number + others)

    /// A name and the text in parentheses after it, if there is any.
    let private split (text: string) =
        match text.IndexOf '(' with
        | at when at > 0 && text.EndsWith ')' ->
            text.Substring(0, at).Trim(), Some(text.Substring(at + 1, text.Length - at - 2))
        | _ -> text, None

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Nonlinearity, InitError list> =
        let name, number = split (text.Trim())

        let found =
            entries
            |> List.tryFind (fun entry -> entry.Name = name || List.contains name entry.Others)

        match found, number with
        | Some { Make = make; Number = Some(_, x) }, None -> Ok(make x)
        | Some { Make = make; Number = None }, None -> Ok(make 0.0)
        | Some { Make = make
                 Number = Some(parameter, _) },
          Some digits ->
            match NumberText.real digits with
            | Some x -> Ok(make x)
            | None -> Error [ InitError.ParameterNotNumber(name, parameter, digits) ]
        | Some { Number = None }, Some digits -> Error [ InitError.ParameterUnknown(name, digits, []) ]
        | None, _ -> Error [ InitError.NonlinearityUnknown(text, entries |> List.map _.Name) ]

    /// The number, and the same function with a number that finds its entry.
    let private numberOf nonlinearity =
        match nonlinearity with
        | Nonlinearity.LeakyRelu slope -> Some slope, Nonlinearity.LeakyRelu 0.0
        | Nonlinearity.Elu alpha -> Some alpha, Nonlinearity.Elu 0.0
        | other -> None, other

    let private entryOf nonlinearity =
        let _, found = numberOf nonlinearity
        entries |> List.find (fun entry -> entry.Make 0.0 = found)

    [<CompiledName "ToText">]
    let toText (nonlinearity: Nonlinearity) =
        let name = (entryOf nonlinearity).Name

        match numberOf nonlinearity with
        | Some x, _ -> $"{name}({Names.number x})"
        | None, _ -> name

    let private sigmoid x = 1.0 / (1.0 + Exact.exp -x)

    let private tanh (x: float) =
        let t = Exact.exp (-2.0 * abs x)
        Math.CopySign((1.0 - t) / (1.0 + t), x)

    let private softplus (x: float) =
        max x 0.0 + Exact.log1p (Exact.exp -(abs x))

    let private relu6 (x: float) = min (max x 0.0) 6.0

    let private elu alpha (x: float) =
        if x > 0.0 then x else alpha * (Exact.exp x - 1.0)

    let private seluScale = 1.0507009873554804934193349852946
    let private seluAlpha = 1.6732632423543772848170429916717

    [<CompiledName "Apply">]
    let apply (nonlinearity: Nonlinearity) (x: float) : float =
        match nonlinearity with
        | Nonlinearity.Linear -> x
        | Nonlinearity.Sigmoid -> sigmoid x
        | Nonlinearity.Tanh -> tanh x
        | Nonlinearity.Relu -> max x 0.0
        | Nonlinearity.LeakyRelu slope -> if x > 0.0 then x else slope * x
        | Nonlinearity.Selu -> seluScale * elu seluAlpha x
        | Nonlinearity.Elu alpha -> elu alpha x
        | Nonlinearity.Gelu -> x * StandardNormal.cdf x
        | Nonlinearity.GeluTanh -> 0.5 * x * (1.0 + tanh (Math.Sqrt(2.0 / Math.PI) * (x + 0.044715 * x * x * x)))
        | Nonlinearity.QuickGelu -> x * sigmoid (1.702 * x)
        | Nonlinearity.Silu -> x * sigmoid x
        | Nonlinearity.Mish -> x * tanh (softplus x)
        | Nonlinearity.Softplus -> softplus x
        | Nonlinearity.LogSigmoid -> -(softplus -x)
        | Nonlinearity.Softsign -> x / (1.0 + abs x)
        | Nonlinearity.Relu6 -> relu6 x
        | Nonlinearity.HardTanh -> min (max x -1.0) 1.0
        | Nonlinearity.HardSigmoid -> relu6 (x + 3.0) / 6.0
        | Nonlinearity.HardSwish -> x * relu6 (x + 3.0) / 6.0
        | Nonlinearity.ReluSquared -> max x 0.0 * max x 0.0

    /// The value at x and the derivative there; at a kink, the derivative from below.
    let applyWithSlope (nonlinearity: Nonlinearity) (x: float) : struct (float * float) =
        // x*gate(x), with the gate's derivative.
        let gated (gate: float) (gateSlope: float) = struct (x * gate, gate + x * gateSlope)

        let sigmoidGate k =
            let s = sigmoid (k * x)
            gated s (k * s * (1.0 - s))

        let inside low high =
            if x > low && x <= high then 1.0 else 0.0

        let value () = apply nonlinearity x

        match nonlinearity with
        | Nonlinearity.Linear -> struct (x, 1.0)
        | Nonlinearity.Sigmoid ->
            let s = sigmoid x
            struct (s, s * (1.0 - s))
        | Nonlinearity.Tanh ->
            let t = tanh x
            struct (t, 1.0 - t * t)
        // NaN stays NaN.
        | Nonlinearity.Relu -> if x <= 0.0 then struct (0.0, 0.0) else struct (x, 1.0)
        | Nonlinearity.LeakyRelu slope ->
            if x > 0.0 then
                struct (x, 1.0)
            else
                struct (slope * x, slope)
        | Nonlinearity.Selu
        | Nonlinearity.Elu _ ->
            let scale, alpha =
                match nonlinearity with
                | Nonlinearity.Elu alpha -> 1.0, alpha
                | _ -> seluScale, seluAlpha

            let value = value ()
            // The exponential's derivative is its value plus its distance to 0.
            struct (value, (if x > 0.0 then scale else value + scale * alpha))
        | Nonlinearity.Gelu -> gated (StandardNormal.cdf x) (Exact.exp (-0.5 * x * x) / Math.Sqrt(2.0 * Math.PI))
        | Nonlinearity.GeluTanh ->
            let root = Math.Sqrt(2.0 / Math.PI)
            let t = tanh (root * (x + 0.044715 * x * x * x))
            gated (0.5 * (1.0 + t)) (0.5 * (1.0 - t * t) * root * (1.0 + 3.0 * 0.044715 * x * x))
        | Nonlinearity.QuickGelu -> sigmoidGate 1.702
        | Nonlinearity.Silu -> sigmoidGate 1.0
        | Nonlinearity.Mish ->
            let t = tanh (softplus x)
            gated t ((1.0 - t * t) * sigmoid x)
        | Nonlinearity.Softplus -> struct (softplus x, sigmoid x)
        | Nonlinearity.LogSigmoid -> struct (value (), sigmoid -x)
        | Nonlinearity.Softsign ->
            let below = 1.0 + abs x
            struct (x / below, 1.0 / (below * below))
        | Nonlinearity.Relu6 -> struct (value (), inside 0.0 6.0)
        | Nonlinearity.HardTanh -> struct (value (), inside -1.0 1.0)
        | Nonlinearity.HardSigmoid -> struct (value (), inside -3.0 3.0 / 6.0)
        | Nonlinearity.HardSwish -> gated (relu6 (x + 3.0) / 6.0) (inside -3.0 3.0 / 6.0)
        | Nonlinearity.ReluSquared -> struct (value (), 2.0 * max x 0.0)

    let faults (nonlinearity: Nonlinearity) : InitError list =
        let entry = entryOf nonlinearity

        match numberOf nonlinearity, entry.Number with
        | (Some x, _), Some(parameter, _) -> Validation.finite entry.Name [ parameter, x ]
        | _ -> []
