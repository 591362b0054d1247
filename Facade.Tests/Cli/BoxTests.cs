namespace Initializers.Facade.Tests.Cli;

/// <summary><c>fill --box</c>: a part of a tensor by a range along each axis, in every format.</summary>
public sealed class BoxTests : InFolder
{
    private static readonly string[] Request =
    [
        "fill",
        "kaiming_normal",
        "--shape",
        "64,48",
        "--layout",
        "oi",
        "--seed",
        "42",
        "--stream",
        "fc.weight",
    ];

    [Fact]
    public void A_box_is_that_part_of_the_whole_in_every_format()
    {
        Assert.Equal(0, Run([.. Request, "--out", "whole.bin"]).ExitCode);
        var whole = File.ReadAllBytes(At("whole.bin"));
        byte[] expected = [.. whole.Chunk(48 * 4).SelectMany(row => row[(12 * 4)..(24 * 4)])];
        foreach (var name in new[] { "part.bin", "part.npy", "part.safetensors" })
        {
            Assert.Equal(0, Run([.. Request, "--box", ":,12:24", "--out", name]).ExitCode);
            Assert.Equal(expected, File.ReadAllBytes(At(name))[^expected.Length..]);
        }

        Assert.Equal(expected, Run([.. Request, "--box", ":,-36:-24", "--out", "-"]).Output);
        var file = new SafetensorsFile(At("part.safetensors"));
        Assert.Equal([64, 12], file.Tensors["fc.weight"].Shape);
        Assert.Equal("64,48", file.Metadata["shape:fc.weight"]);
        Assert.Equal("0:64,12:24", file.Metadata["box:fc.weight"]);
    }

    [Fact]
    public void A_file_of_a_box_is_verified_and_inspected()
    {
        Assert.Equal(0, Run([.. Request, "--box", "60:,:", "--dtype", "bfloat16", "--out", "p.safetensors"]).ExitCode);
        var verified = Run("verify", "p.safetensors");
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains("192 values, all equal", verified.Text, StringComparison.Ordinal);
        Assert.Equal(0, Run("inspect", "p.safetensors").ExitCode);

        var bytes = File.ReadAllBytes(At("p.safetensors"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(At("p.safetensors"), bytes);
        Assert.Equal(1, Run("verify", "p.safetensors").ExitCode);
    }

    [Fact]
    public void A_box_of_whole_numbers_has_an_integer_type()
    {
        string[] request = ["fill", "permutation", "--shape", "30,20", "--dtype", "int16", "--seed", "1"];
        Assert.Equal(0, Run([.. request, "--out", "whole.bin"]).ExitCode);
        Assert.Equal(0, Run([.. request, "--box", "3:5,", "--out", "part.bin"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(At("whole.bin"))[120..200], File.ReadAllBytes(At("part.bin")));
    }

    [Theory]
    [InlineData("--box 3", "box-syntax")]
    [InlineData("--box 0:3", "box-rank")]
    [InlineData("--box 0:65,0:3", "box-out-of-axis")]
    [InlineData("--box 5:3,-49:", "box-reversed box-out-of-axis")]
    [InlineData("--box :,: --offset 3", "argument-conflict")]
    [InlineData("--box :,:49 --count 3 --seed x", "argument-invalid argument-conflict box-out-of-axis")]
    public void Faults_of_a_box_are_reported_with_the_others(string options, string codes)
    {
        var run = Run(["fill", "normal", "--shape", "64,48", "--out", "w.npy", .. options.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(codes.Split(' ').Order(StringComparer.Ordinal), run.Codes.Order(StringComparer.Ordinal));
        Assert.Empty(Listing());
    }

    [Fact]
    public void A_conflict_names_the_options()
    {
        var run = Run("fill", "normal", "--shape", "4", "--box", ":2", "--count", "2", "--out", "w.npy");
        Assert.Contains("either --box or --offset and --count", Assert.Single(run.Errors), StringComparison.Ordinal);
    }
}
