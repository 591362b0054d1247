using Initializers.Models;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

/// <summary>The doctor finds no fault in right modules of TorchSharp, and those that its known slips make.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    private Diagnosis Examined(nn.Module module)
    {
        module.save_safetensors(Path("m.safetensors"));
        return new Doctor { File = Path("m.safetensors") }.Examine();
    }

    /// <summary>Layers with TorchSharp's defaults. Sizes differ from seed to seed.</summary>
    private static Sequential Layers(int seed)
    {
        random.manual_seed(seed);
        long wide = 32 + (8 * (seed % 13));
        long narrow = 16 + (4 * (seed % 7));
        return nn.Sequential(
            ("fc", nn.Linear(wide, 2 * wide)),
            ("conv", nn.Conv2d(narrow, wide, 3)),
            ("depthwise", nn.Conv2d(wide, wide, 3, groups: wide)),
            ("up", nn.ConvTranspose2d(narrow, narrow, 2)),
            ("emb", nn.Embedding(100 + seed, wide)),
            ("norm", nn.LayerNorm(wide)),
            ("bn", nn.BatchNorm2d(wide))
        );
    }

    /// <summary>A false-alarm rate of 1e-6 a file: one of 5,000 such tests fails by chance.</summary>
    [Fact]
    public void TwoHundredRightModulesHaveNoFault()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            using Sequential module = Layers(seed);
            Assert.Equal([], Examined(module).Faults.Select(fault => $"{seed}: {fault}"));
        }
    }

    [Fact]
    public void TorchSharpsTruncatedNormalIsAConstantMatrix()
    {
        using var module = nn.Linear(64, 32);
        using (no_grad())
            nn.init.trunc_normal_(module.weight!, std: 0.02);
        Assert.Equal(["constant"], Examined(module).Faults.Select(fault => fault.Code));
    }
}
