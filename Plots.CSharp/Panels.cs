namespace Initializers.Plots;

/// <summary>What is drawn of a tensor.</summary>
[Flags]
public enum Panels
{
    /// <summary>How often values occur, with the density of the distribution that is expected.</summary>
    Histogram = 1,

    /// <summary>The tensor's quantiles over those of the distribution (Wilk and Gnanadesikan 1968, "Probability plotting methods
    /// for the analysis of data"), with a band that one of 100 quantiles leaves.</summary>
    Quantiles = 2,

    /// <summary>The first 256 rows and columns in colours, or the values of a vector.</summary>
    HeatMap = 4,

    /// <summary>The singular values of the first 512 rows and columns, with those of a large matrix of independent elements of the
    /// same variance (Marchenko and Pastur 1967, "Distribution of eigenvalues for some sets of random matrices").</summary>
    SingularValues = 8,

    /// <summary>All of them.</summary>
    All = Histogram | Quantiles | HeatMap | SingularValues,
}
