using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>init</c>, run as a process.</summary>
public sealed class InitTests : InFolder
{
    private static readonly string Gpt2 = Path.Combine(CliProcess.Root, "models", "gpt2.json");

    // The recipe, written independently: Radford et al. 2019, section 2.3, for 12 layers.
    private static Initializer Expected(string name) =>
        name.EndsWith(".bias", StringComparison.Ordinal) ? new Zeros()
        : name.Contains("ln_", StringComparison.Ordinal) ? new Ones()
        : name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? new RandomNormal(0, 0.02 / Math.Sqrt(24))
        : new RandomNormal(0, name == "wpe.weight" ? 0.01 : 0.02);

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
    public void DoublesOfAFileOrOfTheOptionAreTheTensors()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {"tensors": {"a": {"dtype": "F64", "shape": [40, 30]}, "b": {"dtype": "F32", "shape": [7]}},
             "rules": [{"pattern": "a", "spec": "lecun_normal", "layout": "oi"}, {"pattern": "b", "spec": "laplace(loc=0, scale=2)"}]}
            """
        );
        Assert.Equal(0, Run("init", "m.json", "--seed", "3", "--out", "own.safetensors").ExitCode);
        Assert.Equal(
            0,
            Run("init", "m.json", "--seed", "3", "--dtype", "float64", "--out", "all.safetensors").ExitCode
        );
        var own = new SafetensorsFile(At("own.safetensors"));
        var all = new SafetensorsFile(At("all.safetensors"));
        Assert.Equal(("F64", "F32"), (own.Tensors["a"].DType, own.Tensors["b"].DType));
        Assert.Equal(("F64", "F64"), (all.Tensors["a"].DType, all.Tensors["b"].DType));
        Seed seed = 3;
        var a = new double[1200];
        var b = new double[7];
        Initializer.FromText("lecun_normal").Fill(a, [40, 30], Layout.OutIn, seed: seed.Child("a"));
        Initializer.FromText("laplace(loc=0, scale=2)").Fill(b, seed: seed.Child("b"));
        Assert.Equal(MemoryMarshal.AsBytes<double>(a), own.Read("a"));
        Assert.Equal(MemoryMarshal.AsBytes<double>(a), all.Read("a"));
        Assert.Equal(MemoryMarshal.AsBytes<double>(b), all.Read("b"));
    }

    [Fact]
    public void IntegersAndBoolsGetTheirConstantWhateverTheDtype()
    {
        File.WriteAllText(At("m.json"), Integers);
        Assert.Equal(0, Run("init", "m.json", "--seed", "7", "--dtype", "float16", "--out", "a.safetensors").ExitCode);
        var file = new SafetensorsFile(At("a.safetensors"));
        Assert.Equal(["big", "steps", "ids", "w", "offset", "mask"], file.Tensors.Keys);
        Assert.Equal(["U64", "I64", "I32", "F16", "I16", "BOOL"], file.Tensors.Values.Select(t => t.DType));
        Assert.Equal([(1UL << 53) - 1], MemoryMarshal.Cast<byte, ulong>(file.Read("big")).ToArray());
        Assert.Equal([0L], MemoryMarshal.Cast<byte, long>(file.Read("steps")).ToArray());
        Assert.Equal(Enumerable.Repeat(-100, 12), MemoryMarshal.Cast<byte, int>(file.Read("ids")).ToArray());
        Assert.Equal([-2, -2, -2], MemoryMarshal.Cast<byte, short>(file.Read("offset")).ToArray());
        Assert.Equal([1, 1, 1, 1, 1], file.Read("mask"));
        Assert.Equal("constant(value=-100)", file.Metadata["spec:ids"]);
    }

    [Fact]
    public void ResNet18IsFilledAsTorchvisionDoes()
    {
        var model = Path.Combine(CliProcess.Root, "models", "resnet18.json");
        Assert.Equal(0, Run("init", model, "--seed", "42", "--out", "r.safetensors").ExitCode);
        var file = new SafetensorsFile(At("r.safetensors"));
        Assert.Equal(122, file.Tensors.Count);
        Assert.Equal(20, file.Tensors.Count(t => t.Value.DType == "I64"));
        Assert.All(file.Tensors.Where(t => t.Value.DType == "I64"), t => Assert.Equal(new byte[8], file.Read(t.Key)));
        Seed seed = 42;
        using var conv = new KaimingNormal(0, "fan_out").CreateVariables(
            [128, 64, 1, 1],
            Layout.OutInSpatial,
            seed: seed.Child("layer2.0.downsample.0.weight")
        );
        Assert.True(conv.AsSpan<byte>().SequenceEqual(file.Read("layer2.0.downsample.0.weight")));
        using var bias = new Uniform(1, "fan_in", 0.5, 1).CreateVariables(
            [1000],
            fanIn: 512,
            seed: seed.Child("fc.bias")
        );
        Assert.True(bias.AsSpan<byte>().SequenceEqual(file.Read("fc.bias")));
    }

    [Fact]
    public void RulesTakeRegularExpressionsConditionsAndJson()
    {
        File.WriteAllText(
            At("m.json"),
            """
            {
              "tensors": {
                "a.conv1.weight": {"dtype": "F32", "shape": [8, 4, 3, 3]},
                "a.fc.weight": {"dtype": "F32", "shape": [8, 4]},
                "b.weight": {"dtype": "F16", "shape": [6]}
              },
              "rules": [
                {"regex": "conv\\d\\.weight$", "spec": {"class_name": "HeUniform", "config": {"seed": null}}, "layout": "oihw"},
                {"pattern": "*", "rank": 2, "spec": {"initializer": "normal", "stddev": 0.02}},
                {"pattern": "*", "dtype": "F16", "spec": "ones"}
              ]
            }
            """
        );
        var run = Run("init", "m.json", "--explain", "--dtype", "bfloat16");
        Assert.Equal(0, run.ExitCode);
        string[] rows = run.Text.Split('\n');
        Assert.Contains("fan_in=36", rows[1], StringComparison.Ordinal);
        Assert.Contains("*, rank 2", rows[2], StringComparison.Ordinal);
        Assert.Contains("BF16", rows[3], StringComparison.Ordinal);
        Assert.Contains("*, F16", rows[3], StringComparison.Ordinal);
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

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public void ASignalThatEndsTheProgramLeavesNothingBehind(string signal)
    {
        if (OperatingSystem.IsWindows() || IsIgnored(signal))
            return;
        // Far more than is written before the signal, and no more than the disk takes.
        var free = new DriveInfo(Folder).AvailableFreeSpace;
        var values = Math.Min(free / 2, 20_000_000_000) / 4;
        using var process = CliProcess.Start(Folder, ["fill", "normal", "--shape", $"{values}", "--out", "w.bin"]);
        while (!process.HasExited && Listing().Length == 0)
            Thread.Sleep(1);
        if (process.HasExited)
            Assert.Fail("ended before the signal: " + string.Join(' ', CliProcess.Finish(process).Errors));
        Assert.EndsWith(".partial", Assert.Single(Listing()), StringComparison.Ordinal);
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var result = CliProcess.Finish(process);
        Assert.Equal("cancelled", Assert.Single(result.Codes));
        Assert.Equal(1, result.ExitCode);
        Assert.Empty(Listing());
    }

    /// <summary>Whether the parent process of these tests ignores a signal, like nohup and a shell's background jobs do:
    /// the program inherits that and keeps running.</summary>
    private static bool IsIgnored(string signal)
    {
        const string Mask = "SigIgn:";
        if (!File.Exists("/proc/self/status"))
            return false;
        var number = signal switch
        {
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            _ => 15,
        };
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Mask, StringComparison.Ordinal));
        return ((Convert.ToUInt64(line[Mask.Length..].Trim(), 16) >> (number - 1)) & 1) != 0;
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

    private const string Integers = """
        {
          "tensors": {
            "mask": {"dtype": "BOOL", "shape": [5]},
            "big": {"dtype": "U64", "shape": []},
            "ids": {"dtype": "I32", "shape": [3, 4]},
            "w": {"dtype": "F32", "shape": [2, 3]},
            "steps": {"dtype": "I64", "shape": [1]},
            "offset": {"dtype": "I16", "shape": [3]}
          },
          "rules": [
            {"pattern": "big", "spec": "constant(9007199254740991)"},
            {"pattern": "*", "dtype": "I32", "spec": "constant(-100)"},
            {"pattern": "offset", "spec": "constant(-2)"},
            {"pattern": "mask", "spec": "ones"},
            {"pattern": "*", "spec": "normal(mean=0, stddev=0.02)"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """;

    internal const string Small = """
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
