using System.Runtime.InteropServices;
using Initializers.Stateful;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Xunit;

namespace Initializers.Onnx;

public class OrtValueTests
{
    private static readonly Seed Model = 42;

    public static TheoryData<TensorElementType, DType> Types =>
        new()
        {
            { TensorElementType.Float, DType.Float32 },
            { TensorElementType.Float16, DType.Float16 },
            { TensorElementType.BFloat16, DType.BFloat16 },
            { TensorElementType.Double, DType.Float64 },
        };

    private static OrtValue Allocated(TensorElementType type, params long[] shape) =>
        OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);

    [Theory, MemberData(nameof(Types))]
    public void A_value_of_each_dtype_has_the_tensors_bytes(TensorElementType type, DType dtype)
    {
        using OrtValue value = Allocated(type, 129, 67);
        using Tensor expected = new KaimingNormal().CreateVariables([129, 67], Layout.OutIn, dtype: dtype, seed: Model);
        new KaimingNormal().Fill(value, Layout.OutIn, Model);
        Assert.Equal(expected.ToArray<byte>(), value.GetTensorMutableRawData().ToArray());
    }

    [Fact]
    public void A_value_over_the_programs_array_fills_the_array()
    {
        float[] array = new float[6 * 4];
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(array, [6, 4]);
        new Orthogonal().Fill(value, seed: Model);
        using Tensor expected = new Orthogonal().CreateVariables([6, 4], seed: Model);
        Assert.Equal(expected.ToArray<float>(), array);
    }

    [Fact]
    public void Values_without_elements_and_scalars_are_filled()
    {
        using OrtValue empty = Allocated(TensorElementType.Float, 0, 3);
        using OrtValue scalar = Allocated(TensorElementType.Double);
        new Ones().Fill(empty);
        new Ones().Fill(scalar);
        Assert.Equal([1.0], scalar.GetTensorDataAsSpan<double>().ToArray());
    }

    [Fact]
    public void Other_values_are_faults_and_stay_as_they_are()
    {
        long[] array = [1, 2, 3];
        using OrtValue integers = OrtValue.CreateTensorValueFromMemory(array, [3]);
        var e = Assert.Throws<InitializerException>(() => new RandomNormal(0, -1).Fill(integers, seed: Model));
        Assert.Equal(["element-type", "stddev-negative"], e.Faults.Select(fault => fault.Code));
        Assert.Equal([1, 2, 3], array);

        using OrtValue texts = OrtValue.CreateFromStringTensor(new DenseTensor<string>([1]) { [0] = "a" });
        Assert.Throws<InitializerException>(() => new Ones().Fill(texts));
        using OrtValue list = OrtValue.CreateSequence([Allocated(TensorElementType.Float, 1)]);
        Assert.Throws<OnnxRuntimeException>(() => new Ones().Fill(list));
    }

    [Fact]
    public void A_session_computes_with_the_weights()
    {
        using OrtValue weights = Allocated(TensorElementType.Float, 3, 2);
        new KaimingNormal().Fill(weights, Layout.OutIn, Model);
        using OrtValue x = OrtValue.CreateTensorValueFromMemory([1f, 0f], [2, 1]);
        using var session = new InferenceSession(Product());
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["W", "x"], [weights, x], ["y"]);
        ReadOnlySpan<float> w = MemoryMarshal.Cast<byte, float>(weights.GetTensorMutableRawData());
        Assert.Equal([w[0], w[2], w[4]], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    /// <summary>A model of y = W x, of 3 by 2 numbers, in ONNX's protobuf.</summary>
    private static byte[] Product()
    {
        static byte[] Field(int number, byte[] bytes) => [(byte)(number << 3 | 2), (byte)bytes.Length, .. bytes];
        static byte[] Number(int field, byte value) => [(byte)(field << 3), value];
        static byte[] Text(int number, string text) => Field(number, System.Text.Encoding.UTF8.GetBytes(text));
        static byte[] Value(string name, byte rows, byte columns)
        {
            byte[] shape = [.. Field(1, Number(1, rows)), .. Field(1, Number(1, columns))];
            byte[] type = Field(1, [.. Number(1, 1), .. Field(2, shape)]);
            return [.. Text(1, name), .. Field(2, type)];
        }

        byte[] node = [.. Text(1, "W"), .. Text(1, "x"), .. Text(2, "y"), .. Text(4, "MatMul")];
        byte[] graph =
        [
            .. Field(1, node),
            .. Text(2, "product"),
            .. Field(11, Value("W", 3, 2)),
            .. Field(11, Value("x", 2, 1)),
            .. Field(12, Value("y", 3, 1)),
        ];
        return [.. Number(1, 8), .. Field(7, graph), .. Field(8, Number(2, 17))];
    }
}
