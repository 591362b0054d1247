namespace Initializers.Facade.Tests;

/// <summary>Other libraries' fans and presets from C#.</summary>
public class CompatTests
{
    [Fact]
    public void Fans_are_those_of_each_library()
    {
        Assert.Equal((147, 3136), Compat.Torch.Fans([64, 3, 7, 7]));
        Assert.Equal((576, 1152), Compat.Keras.Fans([3, 3, 64, 128]));
        Assert.Equal((7, 7), Compat.Keras.Fans([7]));
        Assert.Equal((1, 1), Compat.Keras.Fans([]));
        Assert.Equal((512, 512), Compat.Keras.Fans([512, 8, 64], [0], [1, 2]));
        Assert.Equal((576, 1152), Compat.Jax.Fans([3, 3, 64, 128]));
        Assert.Equal((768, 768), Compat.Jax.Fans([768, 12, 64], inAxis: [0], outAxis: [1, 2]));
        Assert.Equal((256, 1024), Compat.Jax.Fans([8, 256, 1024], [-2], [-1], [0]));
        Assert.Equal(["layout-rank"], Make.Codes(() => Compat.Torch.Fans([7])));
        Assert.Equal(["shape-negative"], Make.Codes(() => Compat.Keras.Fans([-7])));
        Assert.Equal(["axis-out-of-range", "axis-duplicate"], Make.Codes(() => Compat.Jax.Fans([2, 3], [0, -2], [2])));
        Assert.Throws<ArgumentNullException>(() => Compat.Jax.Fans([2, 3], null!, [1]));
        Assert.Throws<ArgumentNullException>(() => Compat.Torch.Fans(null!));
    }

    [Fact]
    public void Presets_are_those_of_each_library()
    {
        Assert.Equal(InitializerSpec.Kaiming(0), Compat.Torch.KaimingNormal("relu"));
        Assert.Equal(
            InitializerSpec.Kaiming(0.2, FanMode.FanOut, DistributionFamily.Uniform),
            Compat.Torch.KaimingUniform(Nonlinearity.LeakyRelu(0.2), FanMode.FanOut)
        );
        Assert.Equal(InitializerSpec.Parse("xavier_normal(gain=2)"), Compat.Torch.XavierNormal(2));
        Assert.Equal(InitializerSpec.Parse("xavier_uniform"), Compat.Torch.XavierUniform());
        Assert.Equal(InitializerSpec.TruncNormal(), Compat.Torch.TruncNormal());
        Assert.Equal(InitializerSpec.TruncNormal(), Compat.Timm.TruncNormal());
        Assert.Equal(InitializerSpec.TruncatedNormal(0, 0.02), Compat.Timm.TruncNormalTf(std: 0.02));
        Assert.Equal(InitializerSpec.TruncatedNormal(0, 0.05), Compat.Keras.TruncatedNormal());
        Assert.Equal(InitializerSpec.TruncatedNormal(0, 0.01), Compat.Jax.TruncatedNormal());
        Assert.Equal(Compat.Jax.LecunNormal, Compat.Timm.LecunNormal);
        Assert.NotEqual(InitializerSpec.Parse("lecun_normal"), Compat.Jax.LecunNormal);
        foreach (
            string name in new[]
            {
                "GlorotUniform",
                "GlorotNormal",
                "HeUniform",
                "HeNormal",
                "LecunUniform",
                "LecunNormal",
            }
        )
        {
            var keras = (InitializerSpec)typeof(Compat.Keras).GetProperty(name)!.GetValue(null)!;
            Assert.Equal(InitializerSpec.ParseJson($$$"""{"class_name": "{{{name}}}", "config": {}}"""), keras);
            Assert.Equal(keras, typeof(Compat.Jax).GetProperty(name)!.GetValue(null));
        }

        float[] layer = Make.Values(Initializer.FromSpec(Compat.Torch.LayerDefault).CreateVariables([400], fanIn: 16));
        Assert.All(layer, x => Assert.InRange(x, -0.25f, 0.25f));
        Assert.Contains(layer, x => Math.Abs(x) > 0.24f); // false alarms: 0.96^400, 8e-8
        Assert.Equal(["gain-not-tabulated"], Make.Codes(() => Compat.Torch.KaimingUniform("gelu")));
        Assert.Equal(["fan-mode-unknown"], Make.Codes(() => Compat.Torch.KaimingNormal("relu", (FanMode)9)));
    }
}
