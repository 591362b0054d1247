namespace Initializers.FSharp

open System

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

    /// <summary>Compares values with a distribution: support, mean, standard deviation, smallest and largest value, repeated
    /// values, and the distribution function by Kolmogorov and Smirnov's distance.</summary>
    /// <remarks><para>The false-alarm rate is divided by 5, the number of statistical checks. The distance has the bound of
    /// Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990), which holds for every n and for distributions with atoms.
    /// The z-score of the variance is that of the distribution's fourth moment. Moments are not checked where a distribution has
    /// no fourth moment, nor of few values of a skewed or heavy-tailed one, and the check says so.</para>
    /// <para>A value counts as any number between its two neighbours in its type, so that rounded values pass, whichever way
    /// they were rounded. Values are assumed to be independent, as those of an orthogonal matrix are not.</para></remarks>
    /// <param name="values">Values of type Single, Double, Half or BFloat16, in any order.</param>
    /// <param name="falseAlarmRate">The probability, at most, that values of the distribution fail, in the open interval (0,
    /// 1), such as 1e-6.</param>
    /// <param name="distribution">The distribution that is expected.</param>
    /// <returns>Every check; or <c>argument-invalid</c> for another rate and <c>element-type</c> for another type.</returns>
    /// <example><code>
    /// Distribution.resolve Spec.heNormal shape (Fan.In 256.0)
    /// |> Result.bind (fun expected -> Distribution.check (ReadOnlySpan weights, 1e-6, expected))
    /// |> Result.map _.IsPassed
    /// </code></example>
    [<CompiledName "Check">]
    val check<'T when 'T: unmanaged> :
        values: ReadOnlySpan<'T> * falseAlarmRate: float * distribution: Distribution ->
            Result<DistributionCheck, InitError list>
