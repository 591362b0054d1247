using System.Reflection;

namespace Initializers.Facade.Tests;

/// <summary>Ivy's classes as they are promised: names, bases, parameters, order and defaults.</summary>
public class SurfaceTests
{
    private const string Create =
        "CreateVariables(Int64[] varShape, Device device = null, Nullable<Double> fanOut = null, "
        + "Nullable<Double> fanIn = null, DType dtype = Float32, Seed seed = null)";

    private const string CreateByFans =
        "CreateVariables(Int64[] varShape, Fans fans, Device device = null, DType dtype = Float32, Seed seed = null)";

    [Theory]
    [InlineData(typeof(Initializer), typeof(object), "abstract")]
    [InlineData(typeof(Constant), typeof(Initializer), "open")]
    [InlineData(typeof(Zeros), typeof(Constant), "sealed")]
    [InlineData(typeof(Ones), typeof(Constant), "sealed")]
    [InlineData(typeof(Uniform), typeof(Initializer), "open")]
    [InlineData(typeof(GlorotUniform), typeof(Uniform), "sealed")]
    [InlineData(typeof(FirstLayerSiren), typeof(Uniform), "sealed")]
    [InlineData(typeof(Siren), typeof(Uniform), "sealed")]
    [InlineData(typeof(KaimingNormal), typeof(Initializer), "sealed")]
    [InlineData(typeof(RandomNormal), typeof(Initializer), "sealed")]
    public void Classes_have_Ivys_names_and_bases(Type type, Type baseType, string kind)
    {
        Assert.Equal("Initializers.Stateful", type.Namespace);
        Assert.Equal(baseType, type.BaseType);
        Assert.Equal(
            kind,
            type.IsAbstract ? "abstract"
                : type.IsSealed ? "sealed"
                : "open"
        );
    }

    [Theory]
    [InlineData(typeof(Constant), "(Double constant)")]
    [InlineData(typeof(Zeros), "()")]
    [InlineData(typeof(Ones), "()")]
    [InlineData(
        typeof(Uniform),
        "(Double numerator, FanMode fanMode, Double power, Double gain)",
        "(Double numerator, String fanMode, Double power, Double gain)"
    )]
    [InlineData(typeof(GlorotUniform), "()")]
    [InlineData(typeof(FirstLayerSiren), "()")]
    [InlineData(typeof(Siren), "(Double w0 = 30)")]
    [InlineData(
        typeof(KaimingNormal),
        "(Double mean = 0, FanMode fanMode = FanIn)",
        "(Double mean, String fanMode)",
        "(String fanMode)"
    )]
    [InlineData(typeof(RandomNormal), "(Double mean = 0, Double stddev = 0.05, Seed seed = null)")]
    public void Constructors_have_Ivys_parameters_and_defaults(Type type, params string[] expected) =>
        Assert.Equal(expected, type.GetConstructors().Select(Parameters));

    [Theory]
    [InlineData(typeof(Initializer))]
    [InlineData(typeof(Constant))]
    [InlineData(typeof(Zeros))]
    [InlineData(typeof(Ones))]
    [InlineData(typeof(Uniform))]
    [InlineData(typeof(GlorotUniform))]
    [InlineData(typeof(FirstLayerSiren))]
    [InlineData(typeof(Siren))]
    [InlineData(typeof(RandomNormal))]
    public void CreateVariables_takes_fan_out_before_fan_in(Type type) =>
        Assert.Equal(
            new[] { CreateByFans, Create }.Order(StringComparer.Ordinal),
            Creates(type).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void KaimingNormals_CreateVariables_takes_a_slope_besides() =>
        Assert.Equal(
            [
                .. new[]
                {
                    CreateByFans,
                    Create,
                    CreateByFans.Replace("Fans fans", "Double negativeSlope, Fans fans", StringComparison.Ordinal),
                    Create.Replace("Device device", "Double negativeSlope, Device device", StringComparison.Ordinal),
                }.Order(StringComparer.Ordinal),
            ],
            Creates(typeof(KaimingNormal)).Order(StringComparer.Ordinal)
        );

    private static readonly string[] ElementTypes = ["Single", "Half", "BFloat16", "Double"];

    [Fact]
    public void Fill_takes_four_element_types_spans_of_tensors_and_an_accelerators_memory() =>
        Assert.Equal(
            ElementTypes
                .Select(t => $"Span<{t}> span")
                .Append("ArrayView<T> view")
                .Select(memory =>
                    $"Fill({memory}, Int64[] varShape = null, Fans fans = null, Int64 offset = 0, Seed seed = null)"
                )
                .Append("Fill(TensorSpan<T> span, Fans fans = null, Seed seed = null)")
                .Order(StringComparer.Ordinal),
            typeof(Initializer)
                .GetMethods()
                .Where(m => m.Name == "Fill")
                .Select(m => m.Name + Parameters(m))
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Thirteen_calls_that_fill_and_their_faults_take_fans() =>
        Assert.Equal(
            14,
            new[] { typeof(Initializer), typeof(TensorRequest), typeof(MemoryRequest) }
                .SelectMany(type => type.GetMethods().Cast<MethodBase>().Concat(type.GetConstructors()))
                .Where(m => m.Name != nameof(Initializer.Distribution))
                .Count(m => m.GetParameters().Any(p => p.Name is "fans" or "fanIn"))
        );

    private static IEnumerable<string> Creates(Type type) =>
        type.GetMethods()
            .Where(m => m.Name == "CreateVariables")
            .Select(m =>
            {
                Assert.Equal(typeof(Tensor), m.ReturnType);
                return m.Name + Parameters(m);
            });

    private static string Parameters(MethodBase method) =>
        $"({string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{Default(p)}"))})";

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..^2]}<{Name(type.GetGenericArguments()[0])}>" : type.Name;

    private static string Default(ParameterInfo p)
    {
        if (!p.HasDefaultValue)
        {
            return "";
        }
        object? value = p.ParameterType.IsEnum ? Enum.ToObject(p.ParameterType, p.DefaultValue!) : p.DefaultValue;
        return FormattableString.Invariant($" = {value ?? "null"}");
    }
}
