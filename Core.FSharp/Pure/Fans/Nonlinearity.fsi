namespace Initializers.FSharp

/// <summary>The function applied to a layer's output. Its gain scales the layer's weights: see <c>Gain</c>.</summary>
/// <remarks>Convolutions are linear here, as in PyTorch's table of gains.</remarks>
[<RequireQualifiedAccess>]
type Nonlinearity =
    /// <summary>The identity, x: no activation. PyTorch's names of convolutions mean it too.</summary>
    | Linear
    /// <summary>1/(1 + e^-x).</summary>
    | Sigmoid
    /// <summary>The hyperbolic tangent.</summary>
    | Tanh
    /// <summary>max(x, 0).</summary>
    | Relu
    /// <summary>x above 0 and negativeSlope*x below; the slope is finite, PyTorch's default is 0.01.</summary>
    | LeakyRelu of negativeSlope: float
    /// <summary>1.0507... * elu(x, 1.6732...), for which a normal's second moment stays 1. Klambauer et al. 2017.</summary>
    | Selu
    /// <summary>x above 0 and alpha*(e^x - 1) below; alpha is finite, 1 by default. Clevert et al. 2015.</summary>
    | Elu of alpha: float
    /// <summary>x*P(Z &lt;= x) for a standard normal Z, by the error function itself. Hendrycks and Gimpel 2016.</summary>
    | Gelu
    /// <summary>Gelu's approximation by tanh(sqrt(2/pi)*(x + 0.044715 x³)), as in GPT-2.</summary>
    | GeluTanh
    /// <summary>x*sigmoid(1.702 x), as in CLIP.</summary>
    | QuickGelu
    /// <summary>x*sigmoid(x), also called swish. Elfwing et al. 2017.</summary>
    | Silu
    /// <summary>x*tanh(softplus(x)). Misra 2019.</summary>
    | Mish
    /// <summary>log(1 + e^x).</summary>
    | Softplus
    /// <summary>log(sigmoid(x)).</summary>
    | LogSigmoid
    /// <summary>x/(1 + |x|).</summary>
    | Softsign
    /// <summary>min(max(x, 0), 6).</summary>
    | Relu6
    /// <summary>x clipped to [-1, 1].</summary>
    | HardTanh
    /// <summary>relu6(x + 3)/6.</summary>
    | HardSigmoid
    /// <summary>x*relu6(x + 3)/6. Howard et al. 2019.</summary>
    | HardSwish
    /// <summary>max(x, 0)². So et al. 2021.</summary>
    | ReluSquared

/// <summary>Names and values of nonlinearities.</summary>
[<RequireQualifiedAccess>]
module Nonlinearity =
    /// <summary>Every accepted name, with its meaning and its synonyms.</summary>
    [<CompiledName "Known">]
    val known: (string * string) list

    /// <summary>Reads PyTorch's names of nonlinearities, in lower case. Those that its table of gains lacks have the names
    /// of its functions. leaky_relu and elu take a number in parentheses.</summary>
    /// <returns>nonlinearity-unknown for any other text.</returns>
    /// <example><code>Nonlinearity.parse "leaky_relu(0.2)" // Ok (Nonlinearity.LeakyRelu 0.2)
    /// Nonlinearity.parse "conv2d" // Ok Nonlinearity.Linear</code></example>
    [<CompiledName "Parse">]
    val parse: text: string -> Result<Nonlinearity, InitError list>

    /// <summary>Writes the text that <c>parse</c> reads, such as relu or leaky_relu(0.01).</summary>
    [<CompiledName "ToText">]
    val toText: nonlinearity: Nonlinearity -> string

    /// <summary>Evaluates the function at x. It uses only + - * / and the core's elementary functions, so the bits are the
    /// same on every machine.</summary>
    /// <example><code>Nonlinearity.apply Nonlinearity.Gelu 1.0 // 0.8413447460685429</code></example>
    [<CompiledName "Apply">]
    val apply: nonlinearity: Nonlinearity -> x: float -> float

    /// <summary>The value at x and the derivative there; at a kink, the derivative from below.</summary>
    val internal applyWithSlope: nonlinearity: Nonlinearity -> x: float -> struct (float * float)

    /// <summary>The fault of a nonlinearity whose number is not finite, if any.</summary>
    val internal faults: nonlinearity: Nonlinearity -> InitError list
