namespace Initializers.FSharp

open Initializers

/// <summary>A spec resolved against shape, fan and dtype: all that a kernel needs besides the seed.</summary>
type Plan =
    {
        /// The element type.
        DType: DType
        /// The number of elements.
        Length: int64
        /// What the kernel computes.
        Body: Body
    }

/// <summary>Resolution of specs. The only owner of gain and fan arithmetic.</summary>
[<RequireQualifiedAccess>]
module Plan =
    /// <summary>The version of the bit contract that plans are executed under. Equal versions, specs, shapes, fans,
    /// dtypes and seeds give equal bits.</summary>
    [<CompiledName "BitsVersion">]
    val bitsVersion: int

    /// <summary>gain * (numerator/fan)^power in float64, by <c>Exact.pow</c>.</summary>
    /// <returns>An error when the result is NaN or infinite.</returns>
    [<CompiledName "Spread">]
    val spread: gain: float -> numerator: float -> power: float -> fan: float -> Result<float, InitError list>

    /// <summary>The spec with its fans worked out, in float64.</summary>
    /// <returns>Every fault of spec, shape and fan.</returns>
    [<CompiledName "Distribution">]
    val distribution: spec: Spec -> shape: Shape -> fan: Fan -> Result<Resolved, InitError list>

    /// Where the law inside a spec without parts reads its fans.
    val internal fanOf: spec: Spec -> shape: Shape -> fan: Fan -> Result<Fan, InitError list>

    /// <summary>The plan for a tensor.</summary>
    /// <returns>Every fault of spec, shape, fan and dtype, found before a device is touched.</returns>
    /// <example><code>Plan.resolve Spec.heNormal shape (Fan.From Layout.OutIn) DType.Float32</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> dtype: DType -> Result<Plan, InitError list>
