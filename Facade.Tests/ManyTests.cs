using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Initializers.Facade.Tests;

/// <summary>Many variables in one call, and memory of the caller's accelerator.</summary>
public class ManyTests
{
    private static readonly TensorRequest[] Variables =
    [
        new("up", new KaimingNormal(), [64, 16], Layout.OutIn),
        new("down", new GlorotUniform(), [16, 64], Fans.Of(64, 16)),
        new("none", new Ones(), [0]),
        new("bias", new Zeros(), [16]),
    ];

    [Fact]
    public void Each_has_the_weights_of_the_seeds_child_of_its_name()
    {
        Seed seed = 42;
        using VariableDictionary all = Initializer.CreateAll(Variables, dtype: DType.Float64, seed: seed);
        using Tensor up = new KaimingNormal().CreateVariables(
            [64, 16],
            Layout.OutIn,
            dtype: DType.Float64,
            seed: seed.Child("up")
        );
        using Tensor down = new GlorotUniform().CreateVariables(
            [16, 64],
            fanOut: 16,
            fanIn: 64,
            dtype: DType.Float64,
            seed: seed.Child("down")
        );

        Assert.Equal(["up", "down", "none", "bias"], all.Keys);
        Assert.Equal(4, all.Count);
        Assert.Equal(up.ToArray<double>(), all["up"].ToArray<double>());
        Assert.Equal(down.ToArray<double>(), all["down"].ToArray<double>());
        Assert.Empty(all["none"].ToArray<double>());
        Assert.Equal(new double[16], all["bias"].ToArray<double>());
        Assert.Equal(all.Values, all.Select(pair => pair.Value));
        Assert.True(all.ContainsKey("up"));
        Assert.False(all.TryGetValue("UP", out _));
    }

    [Fact]
    public void Every_fault_of_every_variable_comes_at_once()
    {
        var exception = Assert.Throws<InitializerException>(() =>
            Initializer.CreateAll(
                [
                    new("a", new KaimingNormal(), [-1], Layout.OutIn),
                    new("a", new Ones(), [4]),
                    new("b", new Siren(0), [4], Fans.Of(-1)),
                ],
                device: "tpu"
            )
        );
        Assert.Contains("device-unknown", exception.Faults.Select(fault => fault.Code));
        Assert.Contains("tensor-duplicate", exception.Faults.Select(fault => fault.Code));
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'a'") && fault.Code == "shape-negative");
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'b'") && fault.Code == "fan-not-positive");
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'b'") && fault.Message.Contains("w0"));
    }

    [Fact]
    public void Null_is_refused_as_everywhere()
    {
        Assert.Throws<ArgumentNullException>(() => Initializer.CreateAll(null!));
        Assert.Throws<ArgumentException>(() => Initializer.CreateAll([null!]));
        Assert.Throws<ArgumentNullException>(() => new TensorRequest(null!, new Ones(), [1]));
        Assert.Throws<ArgumentNullException>(() => new TensorRequest("a", null!, [1]));
        Assert.Throws<ArgumentNullException>(() => new TensorRequest("a", new Ones(), null!, Layout.OutIn));
    }

    [Fact]
    public void Memories_of_the_callers_get_the_weights_that_variables_have()
    {
        var up = new float[64 * 16];
        var down = new double[16 * 64];
        var tail = new System.Half[20];
        MemoryRequest[] memories =
        [
            new("up", new KaimingNormal(), up, [64, 16], Layout.OutIn),
            new("down", new GlorotUniform(), down, [16, 64], Fans.Of(64, 16)),
            new("tail", new Ones(), tail.AsMemory(4)),
        ];
        // Twice, as the names' streams are kept from the first time on.
        for (ulong key = 41; key <= 42; key++)
        {
            Initializer.FillAll(memories, seed: key);
            using VariableDictionary singles = Initializer.CreateAll(Variables, seed: key);
            using VariableDictionary doubles = Initializer.CreateAll(Variables, dtype: DType.Float64, seed: key);
            Assert.Equal(singles["up"].ToArray<float>(), up);
            Assert.Equal(doubles["down"].ToArray<double>(), down);
        }

        Assert.Equal([.. new System.Half[4], .. Enumerable.Repeat((System.Half)1, 16)], tail);
        Assert.Equal([16], memories[2].Shape);
        Assert.Equal(16, memories[2].Memory.Length);

        Seed stream = new Seed(42, 7);
        Initializer.FillAll(memories, seed: stream);
        using Tensor other = new KaimingNormal().CreateVariables([64, 16], Layout.OutIn, seed: stream.Child("up"));
        Assert.Equal(other.ToArray<float>(), up);
    }

    [Fact]
    public void Faults_of_memories_come_at_once_and_nothing_is_written()
    {
        var memory = new float[4];
        var exception = Assert.Throws<InitializerException>(() =>
            Initializer.FillAll([
                new("a", new Ones(), memory),
                new("a", new Ones(), memory, [5]),
                new("b", new Siren(0), memory, [4], Fans.Of(-1)),
            ])
        );
        Assert.Contains("tensor-duplicate", exception.Faults.Select(fault => fault.Code));
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'a'") && fault.Code == "memory-length");
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'b'") && fault.Code == "fan-not-positive");
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("'b'") && fault.Message.Contains("w0"));
        Assert.Equal(new float[4], memory);

        MemoryRequest[] twice = [new("a", new Ones(), memory), new("b", new Ones(), new float[4])];
        Initializer.FillAll(twice, seed: 1);
        Assert.Throws<InitializerException>(() => Initializer.FillAll([twice[0], twice[0]], seed: 1));
        Assert.Throws<ArgumentNullException>(() => Initializer.FillAll(null!));
        Assert.Throws<ArgumentException>(() => Initializer.FillAll([null!]));
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest(null!, new Ones(), memory));
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", null!, memory));
        Assert.Throws<ArgumentNullException>(() => new MemoryRequest("a", new Ones(), null!));
    }

    [Fact]
    public void Tensors_live_until_they_or_the_whole_are_disposed()
    {
        VariableDictionary all = Initializer.CreateAll(Variables, seed: 42);
        float[] down = all["down"].ToArray<float>();
        all["up"].Dispose();
        Assert.Throws<ObjectDisposedException>(() => all["up"].ToArray<float>());
        Assert.Equal(down, all["down"].ToArray<float>());
        all.Dispose();
        all.Dispose();
        Assert.Throws<ObjectDisposedException>(() => all["down"].ToArray<float>());
    }

    [Fact]
    public void No_variables_are_no_tensors() => Assert.Empty(Initializer.CreateAll([], seed: 42));

    [Fact]
    public void A_variable_keeps_the_shape_that_it_was_given()
    {
        long[] shape = [2, 3];
        var variable = new TensorRequest("a", new Ones(), shape);
        shape[0] = 7;
        Assert.Equal([2L, 3L], variable.Shape);
    }

    [Fact]
    public void An_accelerators_memory_gets_the_slice()
    {
        using Context context = Context.Create(builder => builder.EnableInitializers().CPU(new CPUDevice(2, 1, 1)));
        using Accelerator accelerator = context.GetCPUDevice(0).CreateAccelerator(context);
        using var memory = accelerator.Allocate1D<float>(1024);
        using Tensor whole = new KaimingNormal().CreateVariables([64, 16], Layout.OutIn, seed: 42);

        new KaimingNormal().Fill<float>(memory.View, [64, 16], Layout.OutIn, seed: 42);
        Assert.Equal(whole.ToArray<float>(), memory.GetAsArray1D());

        memory.MemSetToZero();
        new KaimingNormal().Fill<float>(memory.View.SubView(1, 5), [64, 16], Fans.Of(16), 3, seed: 42);
        Assert.Equal([0, .. whole.ToArray<float>()[3..8], 0], memory.GetAsArray1D()[..7]);

        using var integers = accelerator.Allocate1D<int>(4);
        var exception = Assert.Throws<InitializerException>(() => new Ones().Fill<int>(integers.View));
        Assert.Equal("element-type", exception.Faults.Single().Code);
    }

    [Fact]
    public void A_context_without_the_exact_instructions_is_refused()
    {
        using Context context = Context.Create(builder => builder.CPU(new CPUDevice(2, 1, 1)));
        using Accelerator accelerator = context.GetCPUDevice(0).CreateAccelerator(context);
        using var memory = accelerator.Allocate1D<float>(4);
        var exception = Assert.Throws<InitializerException>(() => new Ones().Fill<float>(memory.View));
        Assert.Equal("context-not-enabled", exception.Faults.Single().Code);
    }
}
