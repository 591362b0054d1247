using Microsoft.FSharp.Collections;

namespace Initializers.Facade.Tests;

/// <summary>What the tests share.</summary>
internal static class Make
{
    /// <summary>The core's own answer, which the facade's must equal.</summary>
    public static float[] Core(FSharp.Spec spec, long[] shape, FSharp.Fan fan, Seed seed)
    {
        FSharp.Shape checkedShape = FSharp.ShapeModule.OfList(ListModule.OfSeq(shape)).ResultValue;
        using Tensor tensor = FSharp
            .Initialize.Tensor(FSharp.TargetModule.Cpu, checkedShape, fan, seed, spec)
            .ResultValue;
        return tensor.ToArray<float>();
    }

    public static float[] Values(Tensor tensor)
    {
        using (tensor)
        {
            return tensor.ToArray<float>();
        }
    }

    /// <summary>The codes of the faults that a call raises.</summary>
    public static string[] Codes(Action call) =>
        [.. Assert.Throws<InitializerException>(call).Faults.Select(fault => fault.Code)];

    /// <summary>The codes of the faults that an expression raises.</summary>
    public static string[] Codes(Func<object> expression) =>
        Codes(() =>
        {
            expression();
        });

    /// <summary>Initializers nested in each other, the innermost included.</summary>
    public static Initializer Nested(int depth)
    {
        Initializer whole = new RandomNormal(0, 1);
        for (int i = 1; i < depth; i++)
        {
            whole = whole.Scaled(1);
        }

        return whole;
    }

    /// <summary>An initializer whose spec stands twice in one that stands twice, and so on.</summary>
    public static Initializer Doubled(int depth, Initializer? innermost = null)
    {
        InitializerSpec whole = (innermost ?? new RandomNormal(0, 1)).Spec;
        for (int i = 0; i < depth; i++)
        {
            whole = InitializerSpec.Stacked(0, (1, whole), (1, whole));
        }

        return Initializer.FromSpec(whole);
    }
}
