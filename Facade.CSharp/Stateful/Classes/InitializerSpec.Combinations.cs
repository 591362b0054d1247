using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

public sealed partial class InitializerSpec
{
    /// <summary>The numbers 0 to n - 1 of a tensor of n elements, in a random order.</summary>
    public static InitializerSpec Permutation { get; } = new(FSharp.Spec.Permutation);

    /// <summary>Whole numbers from low to high - 1, each equally likely.</summary>
    /// <param name="low">The least number, of magnitude at most 2^53.</param>
    /// <param name="high">The number after the greatest.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Randint(long low, long high) => new(FSharp.Spec.NewRandint(low, high));

    /// <summary>1 with a probability, and 0 otherwise.</summary>
    /// <param name="p">The probability, from 0 to 1.</param>
    /// <returns>The spec.</returns>
    public static InitializerSpec Bernoulli(double p = 0.5) => new(FSharp.Spec.NewBernoulli(p));

    /// <summary>The sum of the elements of several specs, each of the tensor's shape. The parts are independent.</summary>
    /// <param name="parts">The specs, at least one.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ArgumentNullException">The parts or one of them is null.</exception>
    /// <example><code>InitializerSpec.Sum(InitializerSpec.Identity(), InitializerSpec.Normal(0, 0.01))</code></example>
    public static InitializerSpec Sum(params InitializerSpec[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        foreach (InitializerSpec part in parts)
        {
            ArgumentNullException.ThrowIfNull(part, nameof(parts));
        }

        FSharp.Spec Of(Func<InitializerSpec, FSharp.Spec> pick) =>
            FSharp.Spec.NewSum(ListModule.OfSeq(parts.Select(pick)));
        return new(
            Of(spec => spec.Spec),
            ListModule.OfSeq(parts.SelectMany(part => part.Faults).Distinct()),
            Of(spec => spec.Right)
        );
    }

    /// <summary>Each slice of the tensor that this spec fills, several times over along an axis, as numpy.repeat. Aitken et
    /// al. 2017.</summary>
    /// <param name="times">How often each slice occurs; the size of the axis is a multiple.</param>
    /// <param name="axis">The axis; -1 is the last.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Repeated(long times, int axis = 0) =>
        Changed(spec => FSharp.Spec.NewRepeat(axis, times, spec));

    /// <summary>This spec with each vector along an axis divided by its norm; a zero vector stays 0.</summary>
    /// <param name="axis">The axis; -1 is the last.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec Normalized(int axis = -1) => Changed(spec => FSharp.Spec.NewNormalized(axis, spec));

    /// <summary>This spec with 0 in one row of the first axis, as the padding_idx of PyTorch's Embedding.</summary>
    /// <param name="index">The row; -1 is the last.</param>
    /// <returns>The spec.</returns>
    public InitializerSpec WithPadding(long index = 0) => Changed(spec => FSharp.Spec.NewPadding(index, spec));
}
