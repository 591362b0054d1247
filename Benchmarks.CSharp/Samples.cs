using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Initializers.Stateful;
using MathNet.Numerics.Distributions;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Benchmarks;

/// <summary>Elements of a .NET library's sampler as raw bytes, which <c>tools/samplers.py</c> checks.</summary>
internal static class Samples
{
    private const int Chunk = 1 << 22;

    /// <summary>Writes elements to standard output.</summary>
    /// <param name="library">ours, torchsharp, mathnet or tensors.</param>
    /// <param name="distribution">uniform, normal or truncated; with ours and torchsharp a function of torch.nn.init with its mode
    /// and the tensor's sizes, such as kaiming_normal,fan_out,64x32x3x3.</param>
    /// <param name="dtype">float32, bfloat16 or float16; the latter two with ours and torchsharp.</param>
    /// <param name="count">The number of elements.</param>
    internal static void Write(string library, string distribution, DType dtype, long count)
    {
        using Stream output = Console.OpenStandardOutput();
        Func<int, byte[]> next = library switch
        {
            "ours" when distribution.Contains(',') => OursByFans(distribution),
            "torchsharp" when distribution.Contains(',') => TorchByFans(distribution),
            "ours" => Ours(distribution, dtype),
            "torchsharp" => Torch(distribution, dtype),
            "mathnet" => MathNet(distribution),
            "tensors" => Platform(distribution),
            _ => throw new ArgumentException($"no library '{library}'.", nameof(library)),
        };
        for (long done = 0; done < count; done += Chunk)
        {
            output.Write(next((int)Math.Min(Chunk, count - done)));
        }
    }

    private static Func<int, byte[]> Ours(string distribution, DType dtype)
    {
        Initializer initializer = distribution switch
        {
            "uniform" => Comparisons.UnitUniform,
            "normal" => Comparisons.UnitNormal,
            _ => Comparisons.Truncated,
        };
        ulong seed = 0;
        return count =>
        {
            long[] shape = [count];
            seed++;
            switch (dtype)
            {
                case DType.BFloat16:
                    var brains = new BFloat16[count];
                    initializer.Fill(brains.AsSpan(), shape, Layout.OutIn, seed: seed);
                    return Bytes(brains);
                case DType.Float16:
                    var halves = new Half[count];
                    initializer.Fill(halves.AsSpan(), shape, Layout.OutIn, seed: seed);
                    return Bytes(halves);
                default:
                    float[] singles = new float[count];
                    initializer.Fill(singles.AsSpan(), shape, Layout.OutIn, seed: seed);
                    return Bytes(singles);
            }
        };
    }

    private static Func<int, byte[]> Torch(string distribution, DType dtype)
    {
        _ = random.manual_seed(1);
        ScalarType type = dtype switch
        {
            DType.BFloat16 => ScalarType.BFloat16,
            DType.Float16 => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
        return count =>
        {
            using IDisposable _ = no_grad();
            using var tensor = empty([(long)count], type);
            switch (distribution)
            {
                case "uniform":
                    nn.init.uniform_(tensor);
                    break;
                case "normal":
                    nn.init.normal_(tensor);
                    break;
                default:
                    nn.init.trunc_normal_(tensor);
                    break;
            }

            return [.. tensor.bytes];
        };
    }

    private static (string Name, string Mode, long[] Shape) Fans(string words)
    {
        string[] parts = words.Split(',');
        return (parts[0], parts[1], [.. parts[2].Split('x').Select(long.Parse)]);
    }

    private static Func<int, byte[]> OursByFans(string words)
    {
        var (name, mode, shape) = Fans(words);
        var fan = mode == "fan_out" ? FanMode.FanOut : FanMode.FanIn;
        Initializer initializer = name switch
        {
            "xavier_normal" => new XavierNormal(),
            "xavier_uniform" => new XavierUniform(),
            "kaiming_normal" => new KaimingNormal(fanMode: fan),
            _ => new KaimingUniform(fan),
        };
        return count =>
        {
            float[] values = new float[count];
            initializer.Fill(values.AsSpan(), shape, shape.Length == 2 ? Layout.OutIn : Layout.OutInSpatial, seed: 1);
            return Bytes(values);
        };
    }

    private static Func<int, byte[]> TorchByFans(string words)
    {
        var (name, mode, shape) = Fans(words);
        var fan = mode == "fan_out" ? nn.init.FanInOut.FanOut : nn.init.FanInOut.FanIn;
        _ = random.manual_seed(1);
        return count =>
        {
            using IDisposable scope = no_grad();
            using var tensor = empty(shape);
            using var filled = name switch
            {
                "xavier_normal" => nn.init.xavier_normal_(tensor),
                "xavier_uniform" => nn.init.xavier_uniform_(tensor),
                "kaiming_normal" => nn.init.kaiming_normal_(
                    tensor,
                    mode: fan,
                    nonlinearity: nn.init.NonlinearityType.ReLU
                ),
                _ => nn.init.kaiming_uniform_(tensor, mode: fan, nonlinearity: nn.init.NonlinearityType.ReLU),
            };
            return [.. tensor.bytes];
        };
    }

    private static Func<int, byte[]> MathNet(string distribution)
    {
        var random = new System.Random(1);
        return count =>
        {
            double[] samples = new double[count];
            if (distribution == "uniform")
            {
                ContinuousUniform.Samples(random, samples, 0, 1);
            }
            else
            {
                Normal.Samples(random, samples, 0, 1);
            }

            return Bytes(Array.ConvertAll(samples, x => (float)x));
        };
    }

    private static Func<int, byte[]> Platform(string distribution)
    {
        var random = new System.Random(1);
        return count =>
        {
            float[] samples = new float[count];
            var span = samples.AsTensorSpan();
            _ =
                distribution == "uniform"
                    ? System.Numerics.Tensors.Tensor.FillUniformDistribution(span, random)
                    : System.Numerics.Tensors.Tensor.FillGaussianNormalDistribution(span, random);
            return Bytes(samples);
        };
    }

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
