using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c>, run as a process.</summary>
public sealed class InitTests : InFolder
{
    private static readonly string Gpt2 = Path.Combine(CliProcess.Root, "models", "gpt2.json");

    // The recipe in words of its own: Radford et al. 2019, section 2.3, for 12 layers.
    private static Initializer Expected(string name) =>
        name.EndsWith(".bias", StringComparison.Ordinal) ? new Zeros()
        : name.Contains("ln_", StringComparison.Ordinal) ? new Ones()
        : name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? new RandomNormal(0, 0.02 / Math.Sqrt(24))
        : new RandomNormal(0, 0.02);

    [Fact]
    public void EveryElementOfGpt2EqualsTheTensorOfItsName()
    {
        var run = Run("init", Gpt2, "--seed", "42", "--out", "gpt2.safetensors");
        Assert.Empty(run.Errors);
        Assert.Equal(0, run.ExitCode);
        var file = new SafetensorsFile(At("gpt2.safetensors"));
        Assert.Equal(148, file.Tensors.Count);
        Assert.Equal(124_439_808, file.Tensors.Values.Sum(t => t.Bytes / 4));
        Assert.Equal("42", file.Metadata["seed"]);
        Assert.Equal("1", file.Metadata["bits"]);
        Assert.Equal("normal(mean=0, stddev=0.02)", file.Metadata["spec:wte.weight"]);
        Assert.Equal(["gpt2.safetensors"], Listing());
        foreach (var (name, (dtype, shape, _, _)) in file.Tensors)
        {
            Assert.Equal("F32", dtype);
            Assert.Contains($"spec:{name}", file.Metadata.Keys);
            using var expected = Expected(name).CreateVariables(shape, seed: Seed.FromUInt64(42).Child(name));
            Assert.True(expected.AsSpan<byte>().SequenceEqual(file.Read(name)), name);
        }
    }

    [Fact]
    public void TwoRunsGiveIdenticalBytesAndForceReplaces()
    {
        File.WriteAllText(At("m.json"), Small);
        Assert.Equal(0, Run("init", "m.json", "--seed", "7", "--out", "a.safetensors").ExitCode);
        Assert.Equal(0, Run("init", "m.json", "--seed", "7", "--out", "b.safetensors").ExitCode);
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
        var refused = Run("init", "m.json", "--seed", "8", "--out", "a.safetensors");
        Assert.Equal((2, "file-exists"), (refused.ExitCode, Assert.Single(refused.Codes)));
        Assert.Equal(File.ReadAllBytes(At("a.safetensors")), File.ReadAllBytes(At("b.safetensors")));
        Assert.Equal(0, Run("init", "m.json", "--seed", "8", "--out", "a.safetensors", "--force").ExitCode);
        Assert.NotEqual(
            SHA256.HashData(File.ReadAllBytes(At("a.safetensors"))),
            SHA256.HashData(File.ReadAllBytes(At("b.safetensors")))
        );
        Assert.Equal(["a.safetensors", "b.safetensors", "m.json"], Listing());
    }

    [Fact]
    public void RulesLayoutsFansAndDtypesOfABlueprintAreUsed()
    {
        File.WriteAllText(At("m.json"), Small);
        Assert.Equal(0, Run("init", "m.json", "--seed", "7", "--out", "a.safetensors").ExitCode);
        var file = new SafetensorsFile(At("a.safetensors"));
        // Wider dtypes first, so that every tensor is aligned.
        Assert.Equal(["conv.weight", "head.weight", "conv.bias", "empty"], file.Tensors.Keys);
        Assert.Equal("BF16", file.Tensors["conv.bias"].DType);
        Assert.Equal("layout=oihw", file.Metadata["fan:conv.weight"]);
        Seed seed = 7;
        using var conv = new KaimingNormal(0, "fan_out").CreateVariables(
            [8, 4, 3, 3],
            Layout.OutInSpatial,
            seed: seed.Child("conv.weight")
        );
        Assert.True(conv.AsSpan<byte>().SequenceEqual(file.Read("conv.weight")));
        using var head = new GlorotUniform().CreateVariables(
            [5, 3],
            fanIn: 100,
            fanOut: 50,
            seed: seed.Child("head.weight")
        );
        var limit = (float)Math.Sqrt(6.0 / 150);
        Assert.All(
            MemoryMarshal.Cast<byte, float>(file.Read("head.weight")).ToArray(),
            x => Assert.InRange(x, -limit, limit)
        );
        Assert.True(head.AsSpan<byte>().SequenceEqual(file.Read("head.weight")));
    }

    [Fact]
    public void AnArchitectureTakesARecipeAndADtype()
    {
        var tensors = string.Join(
            ",",
            Enumerable
                .Range(0, 3)
                .Select(i =>
                    $$"""
                        "h.{{i}}.ln_1.weight": {"dtype": "F32", "shape": [4]},
                        "h.{{i}}.attn.c_proj.weight": {"dtype": "F32", "shape": [64, 64]},
                        "h.{{i}}.attn.c_proj.bias": {"dtype": "F32", "shape": [64]}
                        """
                )
        );
        File.WriteAllText(At("a.json"), $$"""{"wte.weight": {"dtype": "F32", "shape": [100, 64]}, {{tensors}}}""");
        var missing = Run("init", "a.json", "--seed", "1", "--out", "a.safetensors");
        Assert.Equal((2, "recipe-missing"), (missing.ExitCode, Assert.Single(missing.Codes)));
        Assert.Equal(
            0,
            Run(
                "init",
                "a.json",
                "--recipe",
                "gpt2",
                "--dtype",
                "bfloat16",
                "--seed",
                "1",
                "--out",
                "a.safetensors"
            ).ExitCode
        );
        var file = new SafetensorsFile(At("a.safetensors"));
        Seed seed = 1;
        // Three layers, so six residual additions.
        using var projection = new RandomNormal(0, 0.02 / Math.Sqrt(6)).CreateVariables(
            [64, 64],
            dtype: DType.BFloat16,
            seed: seed.Child("h.2.attn.c_proj.weight")
        );
        Assert.True(projection.AsSpan<byte>().SequenceEqual(file.Read("h.2.attn.c_proj.weight")));
    }

    [Fact]
    public void MemoryStaysWithin256MegabytesOfTheIdleProgram()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var idle = Peak(CliProcess.Start(Folder, ["list"]));
        var busy = Peak(CliProcess.Start(Folder, ["init", Gpt2, "--seed", "42", "--out", "gpt2.safetensors"]));
        Assert.InRange(busy - idle, 0, 256L << 20);
        Assert.True(new FileInfo(At("gpt2.safetensors")).Length > 497_000_000);
    }

    [Fact]
    public void AnInterruptLeavesNothingBehind()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = CliProcess.Start(
            Folder,
            ["fill", "normal", "--shape", "100000000000", "--out", "w.bin", "--force"]
        );
        // The disk may have no room for so much; then nothing is written in the first place.
        while (!process.HasExited && Listing().Length == 0)
            Thread.Sleep(5);
        if (!process.HasExited)
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
                kill.WaitForExit();
        var result = CliProcess.Finish(process);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(Assert.Single(result.Codes), new[] { "cancelled", "file-unwritable" });
        Assert.Empty(Listing());
    }

    private static long Peak(Process process)
    {
        long peak = 0;
        var status = $"/proc/{process.Id}/status";
        var drained = Task.Run(() => CliProcess.Finish(process));
        while (!drained.IsCompleted)
        {
            try
            {
                var line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
                if (line is not null)
                    peak = Math.Max(peak, long.Parse(string.Concat(line.Where(char.IsAsciiDigit)), null) * 1024);
            }
            catch (IOException)
            {
                // The process has ended between two looks.
                break;
            }

            Thread.Sleep(2);
        }

        Assert.Equal(0, drained.Result.ExitCode);
        Assert.NotEqual(0, peak);
        return peak;
    }

    private const string Small = """
        {
          "name": "small",
          "rules": [
            {"pattern": "*.bias", "spec": "zeros"},
            {"pattern": "conv.*", "spec": "kaiming_normal(mode=fan_out)", "layout": "oihw"},
            {"pattern": "h??d.weight", "spec": "fan_uniform(numerator=6, mode=fan_sum, power=0.5)", "fan_in": 100, "fan_out": 50},
            {"pattern": "*", "spec": "normal(mean=0, stddev=0.02)"}
          ],
          "tensors": {
            "conv.bias": {"dtype": "BF16", "shape": [3]},
            "conv.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]},
            "empty": {"dtype": "F16", "shape": [0, 7]},
            "head.weight": {"dtype": "F32", "shape": [5, 3]}
          }
        }
        """;
}
