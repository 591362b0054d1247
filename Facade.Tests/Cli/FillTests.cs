using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Initializers.Stateful;

namespace Initializers.Facade.Tests.Cli;

/// <summary><c>fill</c> and <c>words</c>, run as processes.</summary>
public sealed class FillTests : InFolder
{
    [Theory]
    [InlineData("float32", "<f4", 4)]
    [InlineData("float16", "<f2", 2)]
    [InlineData("float64", "<f8", 8)]
    public void NpyHasItsHeaderAndTheTensorsBytes(string dtype, string descr, int size)
    {
        Assert.Equal(
            0,
            Run(
                "fill",
                "kaiming_normal(mode=fan_out, negative_slope=0.1)",
                "--shape",
                "20,30",
                "--layout",
                "oi",
                "--seed",
                "5",
                "--dtype",
                dtype,
                "--out",
                "w.npy"
            ).ExitCode
        );
        var bytes = File.ReadAllBytes(At("w.npy"));
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0], bytes[..8]);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + length) % 64);
        var header = Encoding.ASCII.GetString(bytes, 10, length);
        Assert.Equal($"{{'descr': '{descr}', 'fortran_order': False, 'shape': (20, 30), }}", header.TrimEnd());
        Assert.Equal('\n', header[^1]);
        Assert.Equal(600 * size, bytes.Length - 10 - length);
        using var expected = new KaimingNormal(0, FanMode.FanOut) { NegativeSlope = 0.1 }.CreateVariables(
            [20, 30],
            Layout.OutIn,
            dtype: DTypes.Parse(dtype),
            seed: 5
        );
        Assert.True(expected.AsSpan<byte>().SequenceEqual(bytes.AsSpan(10 + length)));
    }

    [Theory]
    [InlineData("bool", "|b1", "bernoulli(0.5)")]
    [InlineData("int8", "|i1", "randint(-128, 128)")]
    [InlineData("u8", "|u1", "permutation")]
    [InlineData("i16", "<i2", "permutation")]
    [InlineData("torch.int32", "<i4", "formula(j0 - 100)")]
    [InlineData("I64", "<i8", "permutation")]
    [InlineData("uint64", "<u8", "literal([0, 9, 2], shape=[3])")]
    public void IntegersAreThoseOfNumPy(string dtype, string descr, string spec)
    {
        Assert.Equal(
            0,
            Run("fill", spec, "--shape", "80,3", "--seed", "7", "--dtype", dtype, "--out", "w.npy").ExitCode
        );
        var bytes = File.ReadAllBytes(At("w.npy"));
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, Run("inspect", "w.npy").ExitCode);
        Assert.StartsWith($"{{'descr': '{descr}', ", Encoding.ASCII.GetString(bytes, 10, length));
    }

    [Theory]
    [InlineData("", "()")]
    [InlineData("3", "(3,)")]
    [InlineData("0,2", "(0, 2)")]
    public void NpyShapesAreTuplesOfPython(string shape, string tuple)
    {
        Assert.Equal(0, Run("fill", "ones", "--shape", shape, "--out", "w.npy").ExitCode);
        Assert.Contains(
            $"'shape': {tuple},",
            Encoding.ASCII.GetString(File.ReadAllBytes(At("w.npy"))),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("normal(mean=1.5, stddev=0.02)")]
    [InlineData("uniform(low=-0.1, high=0.3)")]
    [InlineData("truncated_normal(mean=0, stddev=1, lower=-2, upper=2)")]
    [InlineData("gumbel(loc=0, scale=1)")]
    [InlineData("constant(value=0.1)")]
    public void DoublesAreTheSameInEveryFormat(string spec)
    {
        foreach (var name in new[] { "w.bin", "w.npy", "w.safetensors" })
        {
            string[] options = ["--shape", "30,20", "--dtype", "float64", "--seed", "9", "--out", name];
            Assert.Equal(0, Run(["fill", spec, .. options]).ExitCode);
        }
        var expected = new double[600];
        Initializer.FromText(spec).Fill(expected, seed: 9);
        var bytes = MemoryMarshal.AsBytes<double>(expected).ToArray();
        Assert.Equal(bytes, File.ReadAllBytes(At("w.bin")));
        Assert.Equal(bytes, File.ReadAllBytes(At("w.npy"))[^4800..]);
        var file = new SafetensorsFile(At("w.safetensors"));
        Assert.Equal("F64", file.Tensors["tensor"].DType);
        Assert.Equal(bytes, file.Read("tensor"));
        var single = new float[600];
        Initializer.FromText(spec).Fill(single, seed: 9);
        Assert.All(single.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-6));
    }

    [Fact]
    public void ASliceIsThatPartOfTheWholeInEveryFormat()
    {
        string[] request =
        [
            "fill",
            "uniform(low=-0.1, high=0.1)",
            "--shape",
            "1000,7",
            "--seed",
            "0x2A",
            "--stream",
            "a.b",
        ];
        Assert.Equal(0, Run([.. request, "--out", "whole.bin"]).ExitCode);
        Assert.Equal(0, Run([.. request, "--offset", "1001", "--count", "999", "--out", "part.bin"]).ExitCode);
        Assert.Equal(0, Run([.. request, "--offset", "1001", "--count", "999", "--out", "part.safetensors"]).ExitCode);
        var stdout = Run([.. request, "--offset", "1001", "--count", "999", "--out", "-"]);
        var whole = File.ReadAllBytes(At("whole.bin"));
        var part = whole.AsSpan(1001 * 4, 999 * 4).ToArray();
        Assert.Equal(part, File.ReadAllBytes(At("part.bin")));
        Assert.Equal(part, stdout.Output);
        var file = new SafetensorsFile(At("part.safetensors"));
        Assert.Equal([999], file.Tensors["a.b"].Shape);
        Assert.Equal(part, file.Read("a.b"));
        Seed seed = 42;
        // Key, stream, whole and place: all that the bytes rest on.
        Assert.Equal("42", file.Metadata["seed"]);
        Assert.Equal(seed.Child("a.b").Stream, Convert.ToUInt64(file.Metadata["stream:a.b"], 16));
        Assert.Equal(16, file.Metadata["stream:a.b"].Length);
        Assert.Equal("a.b", file.Metadata["stream_name:a.b"]);
        Assert.Equal("1000,7", file.Metadata["shape:a.b"]);
        Assert.Equal("1001", file.Metadata["offset:a.b"]);
        var expected = new float[7000];
        Initializer.FromSpec(InitializerSpec.Uniform(-0.1, 0.1)).Fill(expected, seed: seed.Child("a.b"));
        Assert.Equal(MemoryMarshal.AsBytes<float>(expected), whole);
    }

    [Fact]
    public void AWholeTensorOfABareSeedIsOnStream0()
    {
        Assert.Equal(0, Run("fill", "normal", "--shape", "3", "--seed", "7", "--out", "w.safetensors").ExitCode);
        var file = new SafetensorsFile(At("w.safetensors"));
        Assert.Equal("0000000000000000", file.Metadata["stream:tensor"]);
        Assert.Equal(
            ["bits", "format", "generator", "seed", "spec:tensor", "stream:tensor"],
            file.Metadata.Keys.Order(StringComparer.Ordinal)
        );
        // The stream that is named as the tensor without a name is another one.
        Assert.Equal(
            0,
            Run(
                "fill",
                "normal",
                "--shape",
                "3",
                "--seed",
                "7",
                "--stream",
                "tensor",
                "--out",
                "s.safetensors"
            ).ExitCode
        );
        Assert.Equal("tensor", new SafetensorsFile(At("s.safetensors")).Metadata["stream_name:tensor"]);
    }

    [Fact]
    public void AWordThatBeginsWithAnAtIsAWord()
    {
        File.WriteAllText(At("emb"), "--seed 5");
        var named = Run("fill", "normal", "--shape", "3", "--stream", "@emb", "--out", "-");
        Seed seed = 0;
        var expected = new float[3];
        new RandomNormal(0, 1).Fill(expected, seed: seed.Child("@emb"));
        Assert.Equal(MemoryMarshal.AsBytes<float>(expected), named.Output);
        Assert.Contains(
            "'@m.json'",
            Assert.Single(Run("init", "@m.json", "--explain").Errors),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ANameAsLongAsTheDiskTakesIsTaken()
    {
        var name = new string('a', 251) + ".npy";
        Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", name).ExitCode);
        Assert.Equal([name], Listing());
    }

    [Fact]
    public void ForceReplacesALinksTargetAndKeepsItsMode()
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite;
        Directory.CreateDirectory(At("far"));
        File.WriteAllText(At("far/w.bin"), "before");
        File.SetUnixFileMode(At("far/w.bin"), mode);
        File.CreateSymbolicLink(At("middle.bin"), "far/w.bin");
        File.CreateSymbolicLink(At("w.bin"), "middle.bin");
        Assert.Equal("file-exists", Assert.Single(Run("fill", "ones", "--shape", "2", "--out", "w.bin").Codes));
        Assert.Equal(0, Run("fill", "ones", "--shape", "2", "--out", "w.bin", "--force").ExitCode);
        Assert.Equal(8, new FileInfo(At("far/w.bin")).Length);
        Assert.Equal(mode, File.GetUnixFileMode(At("far/w.bin")));
        Assert.Equal("middle.bin", new FileInfo(At("w.bin")).LinkTarget);
        Assert.Equal(["far", "middle.bin", "w.bin"], Listing());
        Assert.Single(Directory.GetFileSystemEntries(At("far")));
    }

    private sealed class Unwritable(Func<Exception> error) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw error();
    }

    [Fact]
    public void AStreamThatCannotBeWrittenIsAFailureWhateverItThrows()
    {
        Func<Exception>[] errors =
        [
            () => new IOException("no"),
            () => new UnauthorizedAccessException("no"),
            () => new NotSupportedException("no"),
            () => new ObjectDisposedException("it"),
        ];
        foreach (var error in errors)
        {
            using var stream = new Unwritable(error);
            var request = new Models.ArrayRequest { Initializer = "ones", Shape = "3" };
            foreach (
                Action write in new Action[]
                {
                    () => request.WriteTo(stream),
                    () => Models.RandomWords.Write(stream, "1", count: "3"),
                }
            )
            {
                var e = Assert.Throws<InitializerException>(write);
                Assert.Equal("file-unwritable", Assert.Single(e.Faults).Code);
                Assert.True(e.IsFailure);
            }
        }
    }

    [Fact]
    public void ANameThatIsHalfOfASurrogatePairIsRefused()
    {
        var request = new Models.ArrayRequest
        {
            Initializer = "ones",
            Shape = "3",
            Stream = "\ud800",
        };
        Assert.Equal("name-malformed", Assert.Single(request.Faults("-")).Code);
        Assert.Equal("name-malformed", Assert.Single(Models.RandomWords.Faults("1", "\udc00")).Code);
    }

    [Fact]
    public void ASliceFarPast2To32ElementsIsRight()
    {
        var far = Run(
            "fill",
            "normal",
            "--shape",
            "1099511627776,4",
            "--seed",
            "9",
            "--offset",
            "4398046511100",
            "--count",
            "3",
            "--out",
            "-"
        );
        var expected = new float[3];
        new RandomNormal(0, 1).Fill(expected, [1099511627776, 4], offset: 4398046511100, seed: 9);
        Assert.Equal(MemoryMarshal.AsBytes<float>(expected), far.Output);
    }

    [Fact]
    public void TheLocaleOfTheMachineChangesNothing()
    {
        var german = new Dictionary<string, string>
        {
            ["LANG"] = "de_DE.UTF-8",
            ["LC_ALL"] = "de_DE.UTF-8",
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0",
        };
        string[] request = ["fill", "normal(mean=0.5, stddev=0.02)", "--shape", "10", "--out", "-"];
        Assert.Equal(Run(request).Output, CliProcess.Finish(CliProcess.Start(Folder, request, german)).Output);
        var comma = CliProcess.Finish(
            CliProcess.Start(Folder, ["fill", "constant(value=0,5)", "--shape", "1", "--out", "-"], german)
        );
        Assert.Equal(2, comma.ExitCode);
        Assert.Empty(comma.Output);
    }

    [Fact]
    public void WordsAreThoseOfPhilox()
    {
        // The known answer of Salmon et al. for counter 0 and key 0.
        var first = Run("words", "--seed", "0", "--count", "5").Output;
        Assert.Equal(20, first.Length);
        Assert.Equal(
            [0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u],
            MemoryMarshal.Cast<byte, uint>(first)[..4].ToArray()
        );
        Assert.Empty(Run("words", "--seed", "0", "--count", "0").Output);
        Assert.NotEqual(first, Run("words", "--seed", "0", "--stream", "x", "--count", "5").Output);
    }

    [Fact]
    public void EndlessWordsEndQuietlyWhenTheirReaderLeaves()
    {
        using var process = CliProcess.Start(Folder, ["words", "--seed", "1"]);
        var some = new byte[1 << 20];
        process.StandardOutput.BaseStream.ReadExactly(some);
        process.StandardOutput.Close();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(("", 0), (errors, process.ExitCode));
        Assert.Equal(some[..4096], Run("words", "--seed", "1", "--count", "1024").Output);
    }

    [Fact]
    public void HelpNamesEveryCommandAndShowsExamples()
    {
        var help = Run("--help");
        Assert.Equal(0, help.ExitCode);
        Assert.All(
            ["init", "fill", "words", "inspect", "list", "devices", "exit codes"],
            word => Assert.Contains(word, help.Text, StringComparison.Ordinal)
        );
        Assert.Contains("Exit codes: 0 done", Run("fill", "--help").Text, StringComparison.Ordinal);
        foreach (var command in new[] { "init", "fill", "words" })
            Assert.Contains(
                "Examples:\n  initializers " + command,
                Run(command, "--help").Text,
                StringComparison.Ordinal
            );
        Assert.Contains(
            "kaiming_normal(mode=fan_in, negative_slope=0, mean=0)",
            Run("list").Text,
            StringComparison.Ordinal
        );
        Assert.All(
            ["  oihw", "  spatial", "  groups:N", "  leaky_relu", "  gelu", "  bfloat16"],
            word => Assert.Contains(word, Run("list").Text, StringComparison.Ordinal)
        );
        Assert.Contains("cpu", Run("devices").Text, StringComparison.Ordinal);
    }
}
