namespace Initializers.Facade.Tests;

/// <summary>The caller's memory gets what a tensor would hold.</summary>
public class FillTests
{
    private static readonly long[] Shape = [6, 50];

    private static Tensor Whole(DType dtype) =>
        new KaimingNormal().CreateVariables(Shape, Layout.OutIn, dtype: dtype, seed: 42);

    [Fact]
    public void Four_element_types_by_fans_or_by_layout()
    {
        var single = (new float[300], new float[300], new float[300]);
        new KaimingNormal().Fill(single.Item1, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(single.Item2, Shape, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(single.Item3, Shape, Layout.OutIn, seed: 42);
        Check(DType.Float32, single.Item1, single.Item2, single.Item3);

        var half = (new Half[300], new Half[300], new Half[300]);
        new KaimingNormal().Fill(half.Item1, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(half.Item2, Shape, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(half.Item3, Shape, Layout.OutIn, seed: 42);
        Check(DType.Float16, half.Item1, half.Item2, half.Item3);

        var brain = (new BFloat16[300], new BFloat16[300], new BFloat16[300]);
        new KaimingNormal().Fill(brain.Item1, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(brain.Item2, Shape, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(brain.Item3, Shape, Layout.OutIn, seed: 42);
        Check(DType.BFloat16, brain.Item1, brain.Item2, brain.Item3);

        var wide = (new double[300], new double[300], new double[300]);
        new KaimingNormal().Fill(wide.Item1, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(wide.Item2, Shape, fans: Fans.Of(50), seed: 42);
        new KaimingNormal().Fill(wide.Item3, Shape, Layout.OutIn, seed: 42);
        Check(DType.Float64, wide.Item1, wide.Item2, wide.Item3);

        static void Check<T>(DType dtype, params T[][] filled)
            where T : unmanaged
        {
            using Tensor whole = Whole(dtype);
            Assert.All(filled, memory => Assert.Equal(whole.ToArray<T>(), memory));
        }
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(0, 1)]
    [InlineData(17, 100)]
    [InlineData(299, 1)]
    [InlineData(300, 0)]
    public void A_slice_is_that_part_of_the_whole(int offset, int count)
    {
        using Tensor whole = Whole(DType.Float32);
        var memory = new float[count + 2];
        memory[0] = memory[^1] = -99;
        new KaimingNormal().Fill(memory.AsSpan(1, count), Shape, Layout.OutIn, offset, 42);

        Assert.Equal(whole.ToArray<float>().AsSpan(offset, count), memory.AsSpan(1, count));
        Assert.Equal((-99f, -99f), (memory[0], memory[^1]));

        Span<Half> halves = stackalloc Half[count];
        new KaimingNormal().Fill(halves, Shape, Fans.Of(50), offset, seed: 42);
        using Tensor narrow = Whole(DType.Float16);
        Assert.True(halves.SequenceEqual(narrow.AsSpan<Half>().Slice(offset, count)));
    }

    [Fact]
    public void A_slice_outside_is_refused_and_the_memory_untouched()
    {
        var memory = new float[10];
        Assert.Equal(["slice-out-of-range"], Make.Codes(() => new Ones().Fill(memory, [9])));
        Assert.Equal(["slice-out-of-range"], Make.Codes(() => new Ones().Fill(memory, [20], offset: 11)));
        Assert.Equal(["slice-out-of-range"], Make.Codes(() => new Ones().Fill(memory, [20], offset: -1)));
        Assert.Equal(["slice-out-of-range"], Make.Codes(() => new Ones().Fill(memory, [20], offset: long.MaxValue)));
        Assert.Equal(["slice-out-of-range"], Make.Codes(() => new Ones().Fill(memory, offset: 1)));
        Assert.Equal(["fan-missing", "slice-out-of-range"], Make.Codes(() => new KaimingNormal().Fill(memory, [9])));
        Assert.All(memory, x => Assert.Equal(0f, x));
    }

    [Fact]
    public void A_slice_far_into_a_tensor_larger_than_memory_is_cheap()
    {
        var memory = new float[4];
        new RandomNormal().Fill(memory, [1L << 30, 1L << 30], offset: (1L << 60) - 4, seed: 42);
        Assert.Equal(4, memory.Distinct().Count());
    }

    [Fact]
    public void Without_a_seed_the_ambient_generators_next_is_taken()
    {
        var (first, second) = (new float[8], new float[8]);
        using (InitializerRandom.Scope(42))
        {
            new RandomNormal().Fill(first);
            new RandomNormal().Fill(second);
        }
        Assert.Equal(Make.Values(new RandomNormal().CreateVariables([8], seed: 42)), first);
        Assert.Equal(Make.Values(new RandomNormal().CreateVariables([8], seed: new Seed(42, 1))), second);
    }
}
