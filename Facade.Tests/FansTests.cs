namespace Initializers.Facade.Tests;

/// <summary>Fans as a value: what converts to it, and what calls report of it.</summary>
public class FansTests
{
    private static readonly long[] Shape = [48, 36];

    [Fact]
    public void Layouts_roles_texts_and_numbers_are_one_parameter()
    {
        float[] expected = Make.Values(new KaimingNormal().CreateVariables(Shape, fanIn: 36, seed: 7));
        Fans[] all = [Layout.OutIn, FanAxes.Parse("out,in"), "oi", "out,in", Fans.Of(36), Fans.Of(36, 48)];
        foreach (Fans fans in all)
        {
            Assert.Equal(expected, Make.Values(new KaimingNormal().CreateVariables(Shape, fans, seed: 7)));
            float[] memory = new float[48 * 36];
            new KaimingNormal().Fill(memory, Shape, fans, seed: 7);
            Assert.Equal(expected, memory);
        }

        Assert.Equal(expected, Make.Values(new KaimingNormal().CreateVariables(Shape, fans: "oi", seed: 7)));
        Assert.Equal(expected, Make.Values(new KaimingNormal().CreateVariables(Shape, 0, fans: "oi", seed: 7)));
    }

    [Fact]
    public void A_text_without_a_parameters_name_is_Ivys_device()
    {
        Assert.Equal(["device-unknown"], Make.Codes(() => new Ones().CreateVariables(Shape, "oi")));
        Assert.Equal(2304, Make.Values(new KaimingNormal().CreateVariables([48, 48], "cpu", 48, 48)).Length);
        Assert.Equal(4, Make.Values(new KaimingNormal().CreateVariables([4], 0.1, "cpu", fanIn: 4)).Length);
    }

    [Fact]
    public void No_fans_are_the_default()
    {
        Assert.Equal(default, Fans.None);
        Assert.Equal(Fans.Of(), Fans.None);
        Assert.Equal(["fan-missing"], Make.Codes(() => new KaimingNormal().CreateVariables(Shape, Fans.None)));
        Assert.Equal(["fan-missing"], Make.Codes(() => new KaimingNormal().Fill(new float[3])));
    }

    [Fact]
    public void Fans_are_values_and_have_a_text()
    {
        Assert.True((Fans)"oihw" == Layout.OutInSpatial);
        Assert.True((Fans)"oi" != Layout.InOut);
        Assert.True((Fans)"stack,in,out" == FanAxes.Parse("stack,in,out"));
        Assert.False(Fans.Of(3).Equals((object)"oi"));
        Assert.Equal(((Fans)"nonsense").GetHashCode(), ((Fans)"nonsense").GetHashCode());
        Assert.Equal(
            ["none", "oi", "stack,in,out", "fan_in=0.5", "fan_out=2", "fan_in=3, fan_out=2", "nonsense"],
            new Fans[]
            {
                default,
                Layout.OutIn,
                "stack,in,out",
                Fans.Of(0.5),
                Fans.Of(fanOut: 2),
                Fans.Of(3, 2),
                "nonsense",
            }.Select(fans => fans.ToString())
        );
        Assert.Throws<ArgumentNullException>(() => (Fans)(string)null!);
    }

    [Fact]
    public void A_wrong_text_is_reported_by_the_call_with_the_requests_other_faults()
    {
        Fans wrong = "out,inn";
        Assert.Equal(["layout-unknown"], Make.Codes(() => new KaimingNormal().CreateVariables(Shape, wrong)));
        Assert.Equal(["layout-unknown"], Make.Codes(() => new Ones().Fill(new double[2], fans: wrong)));
        Assert.Equal(
            ["not-positive", "layout-unknown", "shape-negative", "device-unknown"],
            Make.Codes(() => new Siren(0).CreateVariables([-1], wrong, "tpu"))
        );
        Assert.Equal(
            ["layout-unknown", "stddev-negative"],
            Make.Codes(() => new RandomNormal(0, -1).CreateVariables([2], wrong))
        );
    }

    [Fact]
    public void A_wrong_text_in_a_list_is_reported_with_its_variable()
    {
        string[] found = Texts(() =>
            Initializer.CreateAll(
                [
                    new("a", new KaimingNormal(), [-1], "out,inn"),
                    new("b", new KaimingNormal(), [2]),
                    new("b", new Constant(1e6), [2], "nonsense"),
                ],
                "tpu",
                DType.Float16
            )
        );
        Assert.Equal(
            [
                "layout-unknown a",
                "shape-negative a",
                "layout-unknown b",
                "overflows-dtype b",
                "tensor-duplicate b",
                "fan-missing b",
                "device-unknown",
            ],
            found
        );

        float[] shared = new float[2];
        found = Texts(() =>
            Initializer.FillAll([
                new("a", new KaimingNormal(), shared, [3], "nonsense"),
                new("b", new RandomNormal(0, -1), shared),
            ])
        );
        Assert.Equal(["layout-unknown a", "memory-length a", "stddev-negative b", "memories-overlap"], found);
    }

    private static string[] Texts(Action act) =>
        [
            .. Assert
                .Throws<InitializerException>(act)
                .Faults.Select(fault =>
                    fault.Message.Contains("'a'", StringComparison.Ordinal)
                    && !fault.Message.Contains("'b'", StringComparison.Ordinal)
                        ? $"{fault.Code} a"
                    : fault.Message.Contains("'b'", StringComparison.Ordinal)
                    && !fault.Message.Contains("'a'", StringComparison.Ordinal)
                        ? $"{fault.Code} b"
                    : fault.Code
                ),
        ];
}
