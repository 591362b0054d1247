using System.Text.Json.Serialization;

namespace Initializers.Benchmarks;

/// <summary>A line of the table: what was measured, and whether it is what was asked for.</summary>
/// <param name="Key">The line's name on the command line.</param>
/// <param name="Work">The measured work.</param>
/// <param name="Against">The peer or gauge that it is compared with.</param>
/// <param name="Ours">What this library reached, in words.</param>
/// <param name="Theirs">What the other side reached, in words.</param>
/// <param name="Ratio">What was measured.</param>
/// <param name="Target">What was asked for.</param>
internal sealed record Measurement(
    string Key,
    string Work,
    string Against,
    string Ours,
    string Theirs,
    double Ratio,
    double Target
)
{
    /// <summary>Whether less is better.</summary>
    public bool IsLimit { get; init; }

    /// <summary>The rate of the peer or of a gauge as a share of the recorded rate; null if none is recorded.</summary>
    public double? PeerShare { get; init; }

    /// <summary>Anything else to tell.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether the target is met.</summary>
    public bool Passed => IsLimit ? Ratio <= Target : Ratio >= Target;

    /// <summary>How far the target is met: 1 and more when it is.</summary>
    [JsonIgnore]
    public double Reached => IsLimit ? Target / Ratio : Ratio / Target;

    /// <summary>Whether a share of the target is met. If the target does not apply, since it is for another machine or peer,
    /// it is enough not to be slower than the peer.</summary>
    public bool IsEnough(double share, bool comparable)
    {
        bool strict = IsLimit || (comparable && Counts);
        double wanted = strict ? share : Math.Min(share, 1 / Target);
        return Reached >= wanted;
    }

    /// <summary>How far the peer was from its record.</summary>
    [JsonIgnore]
    public double FromRecord => Math.Abs(1 - (PeerShare ?? 1));

    /// <summary>Whether the peer ran as fast as on a quiet machine, within 30 %.</summary>
    public bool Counts => PeerShare is null or (>= 0.7 and <= 1.3);
}
