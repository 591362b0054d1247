namespace Initializers.FSharp

open Initializers

/// <summary>A spec resolved against shape, fan and dtype: everything that a kernel needs except the seed. Only
/// <c>Plan.resolve</c> creates a plan, so that a kernel's values fit the dtype.</summary>
type Plan =
    internal
        {
            /// The element type.
            DType: DType
            /// The number of elements.
            Length: int64
            /// What the kernel computes.
            Body: Body
        }

/// <summary>Resolves specs to plans.</summary>
[<RequireQualifiedAccess>]
module Plan =
    /// <summary>The version of the bit contract that plans are executed under. Equal versions, specs, shapes, fans,
    /// dtypes and seeds give equal bits.</summary>
    [<CompiledName "BitsVersion">]
    val bitsVersion: int

    /// gain * (numerator/fan)^power in float64, by Exact.pow; an error when that is NaN or infinite.
    val internal spread: gain: float -> numerator: float -> power: float -> fan: float -> Result<float, InitError list>

    /// The spec without functions, for a tensor outside a model.
    val internal plain: spec: Spec -> shape: Shape -> fan: Fan -> Result<Spec, InitError list>

    /// The spec with its fans resolved to numbers, in float64, or every fault of spec, shape and fan.
    val internal distribution: spec: Spec -> shape: Shape -> fan: Fan -> Result<Resolved, InitError list>

    /// The fan that the distribution inside a spec without parts reads.
    val internal fanOf: spec: Spec -> shape: Shape -> fan: Fan -> Result<Fan, InitError list>

    /// <summary>Resolves a spec to a plan for a tensor.</summary>
    /// <returns>Every fault of spec, shape, fan and dtype, found before a device is touched.</returns>
    /// <example><code>Plan.resolve Spec.heNormal shape (Fan.From Layout.OutIn) DType.Float32</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> dtype: DType -> Result<Plan, InitError list>

    /// <summary>The element type of a plan.</summary>
    /// <example><code>Plan.dtype plan // DType.Float32</code></example>
    [<CompiledName "DType">]
    val dtype: plan: Plan -> DType

    /// <summary>The number of elements of a plan, 0 or more.</summary>
    /// <example><code>Plan.length plan // 131072L</code></example>
    [<CompiledName "Length">]
    val length: plan: Plan -> int64
