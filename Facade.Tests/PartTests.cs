namespace Initializers.Facade.Tests;

/// <summary>Boxes of tensors by C#'s ranges, with the whole tensor's bits and fans.</summary>
public class PartTests
{
    private static readonly long[] Shape = [6, 50];

    private static float[] Whole() => Make.Values(new KaimingNormal().CreateVariables(Shape, Layout.OutIn, seed: 42));

    private static float[] Cut(Range rows, Range columns) =>
        [.. Whole().Chunk(50).ToArray()[rows].SelectMany(row => row[columns])];

    [Fact]
    public void A_tensor_of_a_box_is_that_part_of_the_whole()
    {
        using Tensor part = new KaimingNormal().CreatePart(Shape, [1..5, ^20..], Layout.OutIn, seed: 42);
        Assert.Equal([4, 20], part.Shape);
        Assert.Equal(Cut(1..5, ^20..), part.ToArray<float>());
        using Tensor same = new KaimingNormal().CreatePart(Shape, "1:5,-20:", "out,in", "cpu", seed: 42);
        Assert.Equal(part.ToArray<float>(), same.ToArray<float>());
    }

    [Fact]
    public void Memory_of_every_type_gets_the_box()
    {
        var single = new float[4 * 20];
        new KaimingNormal().FillPart<float>(single, Shape, [1..5, 30..], Layout.OutIn, 42);
        Assert.Equal(Cut(1..5, 30..), single);

        Check<float>(DType.Float32);
        Check<Half>(DType.Float16);
        Check<BFloat16>(DType.BFloat16);
        Check<double>(DType.Float64);

        static void Check<T>(DType dtype)
            where T : unmanaged
        {
            using Tensor part = new KaimingNormal().CreatePart(
                Shape,
                Box.Of(.., 3..9),
                Layout.OutIn,
                dtype: dtype,
                seed: 42
            );
            var memory = new T[36];
            new KaimingNormal().FillPart(memory.AsSpan(), Shape, Box.Of(.., 3..9), Layout.OutIn, 42);
            Assert.Equal(part.ToArray<T>(), memory);
        }
    }

    [Fact]
    public void The_halves_of_row_and_column_parallel_layers_are_the_layer()
    {
        Seed seed = 7;
        var whole = new GlorotUniform();
        float[] rows =
        [
            .. Make.Values(whole.CreatePart(Shape, Box.Of(..3, ..), Layout.OutIn, seed: seed)),
            .. Make.Values(whole.CreatePart(Shape, Box.Of(3.., ..), Layout.OutIn, seed: seed)),
        ];
        Assert.Equal(Make.Values(whole.CreateVariables(Shape, Layout.OutIn, seed: seed)), rows);
    }

    [Fact]
    public void Boxes_are_values_with_ranges_texts_and_longs()
    {
        Box box = Box.Of(1..5, ^20.., .., ..^1);
        Assert.Equal(box, [1..5, ^20.., 0.., 0..^1]);
        Assert.Equal("1:5,-20:,0:,0:-1", box.ToString());
        Assert.Equal(box, Box.Parse("1:5,-20:,0:,0:-1"));
        Assert.Equal(box.GetHashCode(), Box.Parse("1:5,-20:,0:,0:-1").GetHashCode());
        Assert.NotEqual(box, Box.Of((1, 5)));
        Assert.False(box.Equals((object?)null));
        Assert.Equal([1..5, ^20.., 0.., 0..^1], box);
        Assert.Equal("8589934592:8589934600", Box.Of((1L << 33, (1L << 33) + 8)).ToString());
        Assert.Throws<OverflowException>(() => Box.Of((1L << 33, 1L << 34)).Count());
        Assert.Throws<ArgumentNullException>(() => Box.Parse(null!));
    }

    [Fact]
    public void Every_fault_is_raised_at_once_and_memory_is_untouched()
    {
        var memory = new float[3];
        Assert.Equal(
            ["stddev-negative", "box-out-of-axis", "box-reversed"],
            Make.Codes(() => new RandomNormal(0, -1).FillPart<float>(memory, Shape, [0..7, 9..8], seed: 1))
        );
        Assert.Equal(
            ["box-rank"],
            Make.Codes(() => new RandomNormal().FillPart<float>(memory, Shape, [0..3], seed: 1))
        );
        Assert.Equal(
            ["memory-length"],
            Make.Codes(() => new RandomNormal().FillPart<float>(memory, Shape, [0..1, 0..4], seed: 1))
        );
        Assert.Equal(
            ["element-type"],
            Make.Codes(() => new RandomNormal().FillPart<int>(new int[4], Shape, [0..1, 0..4], seed: 1))
        );
        Assert.Equal(
            ["layout-unknown", "box-rank"],
            Make.Codes(() => new RandomNormal().CreatePart(Shape, [0..3], "xy", seed: 1))
        );
        Assert.Equal(["box-syntax"], Make.Codes(() => Box.Parse("3")));
        Assert.Throws<ArgumentNullException>(() => new Zeros().CreatePart(null!, [0..3]));
        Assert.Throws<ArgumentNullException>(() => new Zeros().CreatePart(Shape, null!));
        Assert.Equal(new float[3], memory);
    }
}
