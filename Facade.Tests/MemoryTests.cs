using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;

namespace Initializers.Facade.Tests;

public class MemoryTests
{
    private static readonly Seed s_seed = 42;

    private static float[] Contiguous()
    {
        float[] expected = new float[7 * 5];
        new KaimingNormal().Fill(expected, [7, 5], Layout.OutIn, seed: s_seed);
        return expected;
    }

    [Fact]
    public void Memory_of_every_kind_has_the_elements_of_a_span()
    {
        float[] expected = Contiguous();
        var matrix = Matrix<float>.Build.Dense(7, 5);
        Tensor<float> tensor = System.Numerics.Tensors.Tensor.CreateFromShape<float>([7, 5]);
        var memory = new float[35];
        var columns = new float[50];
        var span = new float[80];
        var init = new KaimingNormal();

        init.Fill(matrix, fans: Layout.OutIn, seed: s_seed);
        init.Fill(tensor, fans: Layout.OutIn, seed: s_seed);
        init.Fill((HostMemory)memory, [7, 5], Layout.OutIn, s_seed);
        init.Fill(HostMemory.Strided(columns, [7, 5], [1, 9], 3), fans: Layout.OutIn, seed: s_seed);
        init.Fill(new TensorSpan<float>(span, [8, 10]).Slice([1..8, 2..7]), Layout.OutIn, s_seed);

        Assert.Equal(expected, memory);
        for (int i = 0; i < 7; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                float element = expected[5 * i + j];
                Assert.Equal(element, matrix[i, j]);
                Assert.Equal(element, tensor[i, j]);
                Assert.Equal(element, columns[3 + i + 9 * j]);
                Assert.Equal(element, span[10 * (1 + i) + 2 + j]);
            }
        }

        Assert.Equal(35, columns.Count(x => x != 0));
        Assert.Equal(35, span.Count(x => x != 0));
    }

    [Fact]
    public void A_list_takes_matrices_in_their_own_shape()
    {
        var matrix = Matrix<float>.Build.Dense(7, 5);
        var vector = Vector<double>.Build.Dense(3);
        Initializer.FillAll(
            [new("w", new KaimingNormal(), matrix, fans: Layout.OutIn), new("b", new Ones(), vector)],
            seed: s_seed
        );

        float[] expected = new float[7 * 5];
        new KaimingNormal().Fill(expected, [7, 5], Layout.OutIn, seed: s_seed.Child("w"));
        Assert.Equal(expected, matrix.ToRowMajorArray());
        Assert.Equal([1.0, 1.0, 1.0], vector);
        Assert.Equal([7, 5], new MemoryRequest("w", new Ones(), matrix).Shape);
    }

    [Fact]
    public void Every_fault_of_memory_has_its_code()
    {
        float[] array = new float[6];
        var init = new KaimingNormal();
        Assert.Equal(
            ["strides-overlap", "memory-too-short", "fan-missing"],
            Make.Codes(() => init.Fill(HostMemory.Strided(array, [2, 3], [1, 1], 6), seed: s_seed))
        );
        Assert.Equal(
            ["layout-unknown", "shape-negative", "strides-rank"],
            Make.Codes(() => init.Fill(HostMemory.Strided(array, [-2, 3], [1]), fans: "in,sideways", seed: s_seed))
        );
        Assert.Equal(
            ["strides-rank", "stride-negative"],
            Make.Codes(() => new Ones().Fill(HostMemory.Strided(array, [2, 3], [-1]), seed: s_seed))
        );
        Assert.Equal(
            ["memory-shape"],
            Make.Codes(() => new Ones().Fill(HostMemory.Strided(array, [2, 3], [1, 2]), [3, 2], seed: s_seed))
        );
        Assert.Equal(
            ["storage-not-dense"],
            Make.Codes(() => new Ones().Fill(Matrix<float>.Build.Sparse(2, 3), seed: s_seed))
        );
        Assert.Equal(["memory-length"], Make.Codes(() => new Ones().Fill((HostMemory)array, [7], seed: s_seed)));
        Assert.Equal(
            ["element-type"],
            Make.Codes(() => new Ones().Fill(new TensorSpan<int>(new int[6], [2, 3]), seed: s_seed))
        );
        Assert.Equal(
            ["memories-overlap"],
            Make.Codes(() =>
                Initializer.FillAll([
                    new("a", new Ones(), HostMemory.Strided(array, [2, 2], [3, 1])),
                    new("b", new Ones(), HostMemory.Strided(array, [2, 2], [3, 1], 1)),
                ])
            )
        );
        Assert.Throws<ArgumentNullException>(() => new Ones().Fill((HostMemory)null!));
        Assert.Throws<ArgumentNullException>(() => HostMemory.Strided(array, null!, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => HostMemory.Strided(array, [1], [1], -1));
        Assert.All(array, x => Assert.Equal(0, x));
    }

    [Fact]
    public void Requests_promise_their_distribution()
    {
        var made = new TensorRequest("w", new KaimingNormal(), [512, 256], Layout.OutIn);
        var filled = new MemoryRequest("w", new KaimingNormal(), new float[512 * 256], [512, 256], Layout.OutIn);
        Distribution expected = new KaimingNormal().Distribution([512, 256], Layout.OutIn);
        Assert.Equal(expected.Stddev, made.Distribution().Stddev);
        Assert.Equal(expected.Stddev, filled.Distribution().Stddev);
        Assert.Equal(
            ["stddev-negative"],
            Make.Codes(() => new TensorRequest("w", new RandomNormal(0, -1), [2]).Distribution())
        );
    }
}
