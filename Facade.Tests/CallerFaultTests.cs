using Initializers.Models;

namespace Initializers.Facade.Tests;

/// <summary>What a caller's own code and memory get wrong: exceptions with codes.</summary>
public class CallerFaultTests
{
    private sealed class Specless : Initializer
    {
        public override InitializerSpec Spec => null!;
    }

    private static readonly Initializer Without = new Specless();

    public static TheoryData<string, Action> Calls =>
        new()
        {
            { "CreateVariables", () => Without.CreateVariables([3]) },
            { "with a layout", () => Without.CreateVariables([3, 2], Layout.OutIn) },
            { "with axes", () => Without.CreateVariables([3, 2], FanAxes.Parse("out,in")) },
            { "float32", () => Without.Fill(new float[3]) },
            { "float16", () => Without.Fill(new Half[3]) },
            { "bfloat16", () => Without.Fill(new BFloat16[3]) },
            { "float64", () => Without.Fill(new double[3], [3, 1], Layout.OutIn) },
            { "Scaled", () => Without.Scaled(2).CreateVariables([3]) },
            { "Masked", () => Without.Masked([1, 0, 1]).CreateVariables([3]) },
            { "Batched", () => Without.Shifted(1).Batched().CreateVariables([3, 2]) },
            { "CreateAll", () => Initializer.CreateAll([new("a", Without, [3])]) },
            { "FillAll", () => Initializer.FillAll([new("a", Without, new float[3])]) },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public void A_null_spec_is_coded_at_every_door(string door, Action call)
    {
        Assert.NotEmpty(door);
        var e = Assert.Throws<InitializerException>(call);
        Assert.Equal("spec-missing", Assert.Single(e.Faults).Code);
        Assert.Contains(nameof(Specless), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_spec_is_one_fault_among_others()
    {
        Assert.Equal(["spec-missing", "shape-negative"], Make.Codes(() => Without.CreateVariables([-1])));
        Assert.Equal(
            ["spec-missing", "fan-missing"],
            Make.Codes(() => Initializer.CreateAll([new("a", Without, [3]), new("b", new GlorotUniform(), [3])]))
        );
        Assert.Equal(nameof(Specless), Without.ToString());
    }

    [Fact]
    public void A_null_array_is_no_empty_memory()
    {
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", new Zeros(), (float[])null!));
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", new Zeros(), (Half[])null!, [0]));
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", new Zeros(), (BFloat16[])null!));
        Assert.Throws<ArgumentNullException>(() =>
            new MemoryRequest("a", new Zeros(), (double[])null!, [0, 1], Layout.OutIn)
        );
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", new Zeros(), (HostMemory)null!));
    }

    private static readonly byte[] Weights = Written();

    private static byte[] Written()
    {
        string path = Path.Combine(Path.GetTempPath(), $"initializers-{Guid.NewGuid():N}.safetensors");
        try
        {
            new ArrayRequest { Initializer = "normal", Shape = "100" }.Write(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A stream that another thread closes while it is read or written.</summary>
    private sealed class ClosedMidway(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            Close();
            return read;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Close();
            base.Write(buffer, offset, count);
        }
    }

    [Fact]
    public void A_closed_stream_is_coded()
    {
        var closed = new MemoryStream(Weights);
        closed.Close();
        foreach (Func<Stream> open in (Func<Stream>[])[() => closed, () => new ClosedMidway(Weights)])
        {
            Assert.Equal(["file-unreadable"], Make.Codes(() => Inspection.Read(open())));
            Assert.Equal(["file-unreadable"], Make.Codes(() => Verification.Read(open())));
            Assert.Equal(
                ["file-unwritable"],
                Make.Codes(() => new ArrayRequest { Initializer = "normal", Shape = "100" }.WriteTo(open()))
            );
            Assert.Equal(["file-unwritable"], Make.Codes(() => RandomWords.Write(open(), "1", count: "10")));
        }
    }

    /// <summary>An exception without a message.</summary>
    private sealed class Wordless : Exception
    {
        public override string Message => null!;
    }

    public static TheoryData<Exception> Thrown =>
        [
            new InsufficientMemoryException(),
            new OperationCanceledException(),
            new TaskCanceledException(),
            new InsufficientExecutionStackException(),
            new ThreadInterruptedException(),
            new Wordless(),
        ];

    [Theory]
    [MemberData(nameof(Thrown))]
    public void Whatever_a_quantile_throws_is_coded(Exception thrown)
    {
        foreach (Func<double, bool> fails in (Func<double, bool>[])[_ => true, p => p is > 0.3 and < 0.300001])
        {
            Initializer own = Initializer.FromSpec(
                InitializerSpec.Quantile(
                    "mine",
                    p =>
                        fails(p) ? throw thrown
                        : p < 0.3 ? p
                        : p + 1
                )
            );
            foreach (DType dtype in (DType[])[DType.Float32, DType.Float64])
            {
                string code = Assert.Single(Make.Codes(() => own.CreateVariables([10], dtype: dtype)));
                Assert.StartsWith("quantile-", code, StringComparison.Ordinal);
            }

            Assert.StartsWith(
                "quantile-",
                Assert.Single(Make.Codes(() => Initializer.FillAll([new("a", own, new float[3])]))),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void Memories_that_share_elements_are_a_fault_and_nothing_is_written()
    {
        float[] weights = [.. Enumerable.Repeat(5f, 100)];
        MemoryRequest[] tied =
        [
            new("embedding", new Ones(), weights),
            new("bias", new Zeros(), new float[3]),
            new("head", new Ones(), weights.AsMemory(90)),
        ];
        var e = Assert.Throws<InitializerException>(() => Initializer.FillAll(tied));
        Assert.Equal("memories-overlap", Assert.Single(e.Faults).Code);
        Assert.Contains("'embedding'", e.Message, StringComparison.Ordinal);
        Assert.Contains("'head'", e.Message, StringComparison.Ordinal);
        Assert.All(weights, x => Assert.Equal(5f, x));
        // With every other fault at once.
        Assert.Equal(
            ["stddev-negative", "memories-overlap"],
            Make.Codes(() =>
                Initializer.FillAll([new("a", new RandomNormal(0, -1), weights), new("b", new Ones(), weights)])
            )
        );
    }

    [Fact]
    public void More_memory_than_there_is_is_a_coded_failure()
    {
        foreach (long size in (long[])[1L << 42, 1L << 46, 1L << 60])
        {
            var e = Assert.Throws<InitializerException>(() => new Zeros().CreateVariables([size]));
            Assert.Equal("device-failed", Assert.Single(e.Faults).Code);
            Assert.True(e.IsFailure);
        }
    }
}
