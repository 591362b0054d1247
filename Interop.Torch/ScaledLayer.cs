using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>A linear or convolution layer while its weight is scaled.</summary>
/// <param name="weight">The layer's weight.</param>
/// <param name="source">The name of the tensor whose initializer the scale becomes part of; null if no layer's scale may.</param>
internal sealed class ScaledLayer(ModuleTensor weight, string? source)
{
    private readonly nn.Module<Tensor, Tensor> _module = (nn.Module<Tensor, Tensor>)weight.Owner;

    // Whether the layer decides its weight's scale: the first that runs of those that share it.
    private bool _decides;

    internal string Name => weight.Name;

    /// <summary>The tensor that the scale belongs to; null for one that a layer does not decide.</summary>
    internal string? Source => source;

    internal double Scale { get; private set; } = 1;

    internal int Iterations { get; private set; }

    /// <summary>Calls a function with the module's inputs and outputs when it runs; its result replaces the outputs.</summary>
    /// <returns>What ends that.</returns>
    internal Action Hook(Func<Tensor, Tensor, Tensor> hook)
    {
        Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor> typed = (_, input, output) => hook(input, output);
        return _module.register_forward_hook(typed).remove;
    }

    /// <summary>Scales the weight until the variance of the outputs is 1 within the tolerance, and returns the outputs
    /// then.</summary>
    internal Tensor Normalize(Tensor input, Tensor output, double tolerance, int most)
    {
        _decides = true;
        double variance = VarianceOf(output);
        while (double.IsFinite(variance) && variance > 0 && !(Math.Abs(variance - 1) < tolerance) && Iterations < most)
        {
            double factor = 1 / Math.Sqrt(variance);
            using (Tensor detached = weight.Tensor.detach())
            {
                detached.mul_(factor).Dispose();
            }

            Scale *= factor;
            Iterations++;
            output.Dispose();
            output = _module.forward(input);
            variance = VarianceOf(output);
        }

        return output;
    }

    /// <summary>What came of scaling, by the variances that the final weights give.</summary>
    internal LsuvLayer Report(
        Dictionary<ScaledLayer, double> variances,
        Dictionary<string, double> scales,
        double tolerance
    )
    {
        double variance = variances.GetValueOrDefault(this, double.NaN);
        LsuvStatus status =
            !variances.ContainsKey(this) ? LsuvStatus.NotRun
            : !double.IsFinite(variance) ? LsuvStatus.NotFinite
            : variance == 0 ? LsuvStatus.ZeroVariance
            : Math.Abs(variance - 1) < tolerance ? LsuvStatus.Converged
            : !_decides ? LsuvStatus.Tied
            : LsuvStatus.NotConverged;
        return new LsuvLayer(Name, scales.GetValueOrDefault(Source ?? "", 1), variance, Iterations, status);
    }

    /// <summary>The mean squared distance of all elements from their mean; NaN without elements.</summary>
    internal static double VarianceOf(Tensor output)
    {
        if (output.numel() == 0)
        {
            return double.NaN;
        }

        using Tensor detached = output.detach();
        using Tensor wide = detached.to(ScalarType.Float64);
        using Tensor variance = wide.var(unbiased: false);
        return variance.item<double>();
    }
}
