namespace Initializers.FSharp

/// <summary>Computes the distributions of specs.</summary>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Distribution =
    /// The distribution of a resolved spec.
    val internal ofResolved: resolved: Resolved -> Distribution

    /// <summary>Computes the distribution of a spec's elements for a shape and fan.</summary>
    /// <example><code>Distribution.resolve Spec.heNormal shape (Fan.In 256.0) // Variance = 2/256</code></example>
    [<CompiledName "Resolve">]
    val resolve: spec: Spec -> shape: Shape -> fan: Fan -> Result<Distribution, InitError list>

    /// <summary>The standard deviation.</summary>
    [<CompiledName "Stddev">]
    val stddev: distribution: Distribution -> float
