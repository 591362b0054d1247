using System.Globalization;

namespace Initializers.Torch;

/// <summary>What came of scaling a layer.</summary>
public enum LsuvStatus
{
    /// <summary>The variance of the outputs is 1 within the tolerance.</summary>
    Converged,

    /// <summary>The variance is outside of the tolerance after all iterations.</summary>
    NotConverged,

    /// <summary>The outputs are all equal, as where no input is other than 0: no scale changes that. The scale is 1.</summary>
    ZeroVariance,

    /// <summary>Outputs are infinite or NaN. The scale is 1, or the last before that.</summary>
    NotFinite,

    /// <summary>The weight is one of an earlier layer or of an embedding, which decides its scale.</summary>
    Tied,

    /// <summary>The layer did not run on the batch, or by <c>forward</c>, for which TorchSharp runs no hooks. The scale is
    /// 1.</summary>
    NotRun,
}

/// <summary>A layer whose weight was scaled.</summary>
/// <param name="Name">The name of its weight in the state dictionary, such as <c>fc1.weight</c>.</param>
/// <param name="Scale">The factor of the weight's initializer; 1 for one that is not changed.</param>
/// <param name="Variance">The variance of all outputs of the layer's first call on the batch, with the final weights of all
/// layers; NaN for a layer that did not run.</param>
/// <param name="Iterations">How many times the weight was scaled.</param>
/// <param name="Status">What came of it.</param>
public sealed record LsuvLayer(string Name, double Scale, double Variance, int Iterations, LsuvStatus Status)
{
    /// <summary>Whether the variance is 1 within the tolerance.</summary>
    public bool Converged => Status == LsuvStatus.Converged;

    /// <summary>The layer in a line, the same in every culture.</summary>
    /// <returns>Such as <c>fc1.weight scale 1.41421, variance 1, 1 iterations, converged</c>.</returns>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Name}  scale {Scale:G6}, variance {Variance:G6}, {Iterations} iterations, {Words}"
        );

    private string Words =>
        Status switch
        {
            LsuvStatus.Converged => "converged",
            LsuvStatus.NotConverged => "not converged",
            LsuvStatus.ZeroVariance => "the outputs are all equal",
            LsuvStatus.NotFinite => "outputs are not finite",
            LsuvStatus.Tied => "tied to an earlier tensor",
            _ => "did not run",
        };
}
