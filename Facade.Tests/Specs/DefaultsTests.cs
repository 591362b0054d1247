using System.Reflection;
using System.Text.RegularExpressions;
using Initializers.Models;

namespace Initializers.Facade.Tests;

/// <summary>A name means the same numbers as a class, as a factory, as a text and in F#.</summary>
public partial class DefaultsTests
{
    /// <summary>Initializers whose parameters are lists have no defaults to compare.</summary>
    private static readonly Type[] Lists = [typeof(Literal), typeof(Stacked), typeof(Sum)];

    /// <summary>Classes whose text has another name: Ivy's names that a text uses for something else.</summary>
    private static readonly Dictionary<string, string> OtherTexts = new()
    {
        [nameof(Uniform)] = "fan_uniform",
        [nameof(RandomNormal)] = "normal",
        [nameof(RandomUniform)] = "uniform",
    };

    /// <summary>F# functions that make several texts' specs.</summary>
    private static readonly Dictionary<string, string> SharedFunctions = new()
    {
        ["kaiming_normal"] = "Kaiming",
        ["kaiming_uniform"] = "Kaiming",
        ["xavier_normal"] = "Glorot",
        ["xavier_uniform"] = "Glorot",
        ["trunc_normal"] = "TruncatedNormal",
        ["trunc_normal_tf"] = "TruncatedNormal",
    };

    private static readonly Dictionary<string, string> Texts = Catalogue.Initializers.ToDictionary(
        entry => entry.Signature.Split('(')[0],
        entry => entry.Signature
    );

    private static IEnumerable<Type> Classes =>
        typeof(Initializer)
            .Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(Initializer)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal);

    public static TheoryData<Type> ClassesWithTexts =>
        [
            .. Classes.Where(type =>
                Texts.ContainsKey(Snake(type.Name)) && !Lists.Contains(type) && !OtherTexts.ContainsKey(type.Name)
            ),
        ];

    [Theory]
    [MemberData(nameof(ClassesWithTexts))]
    public void A_class_and_the_text_of_its_name_have_the_same_defaults(Type type)
    {
        ConstructorInfo constructor = Constructor(type);
        object?[] arguments = [.. constructor.GetParameters().Select(Argument)];
        string required = string.Join(
            ", ",
            constructor.GetParameters().Where(p => !p.HasDefaultValue).Select(p => Value(Argument(p)))
        );
        var spec = InitializerSpec.Parse($"{Snake(type.Name)}({required})");
        var initializer = (Initializer)constructor.Invoke(arguments);
        if (type == typeof(GlorotUniform))
        {
            // Ivy derives it from Uniform, which is another spec of the same weights.
            Assert.Equal(Weights(Initializer.FromSpec(spec)), Weights(initializer));
            return;
        }

        Assert.Equal(spec, initializer.Spec);

        static float[] Weights(Initializer initializer) =>
            Make.Values(initializer.CreateVariables([48, 36], Layout.OutIn, seed: 42));
    }

    [Fact]
    public void A_factory_and_the_text_of_its_name_have_the_same_defaults()
    {
        int compared = 0;
        foreach (MethodInfo factory in typeof(InitializerSpec).GetMethods(BindingFlags.Public | BindingFlags.Static))
        {
            ParameterInfo[] parameters = factory.GetParameters();
            string text = Snake(factory.Name.Replace("get_", "", StringComparison.Ordinal));
            if (
                factory.ReturnType == typeof(InitializerSpec)
                && Texts.TryGetValue(text, out string? signature)
                && Array.TrueForAll(parameters, p => p.HasDefaultValue)
            )
            {
                object? made = factory.Invoke(null, [.. parameters.Select(Argument)]);
                Assert.Equal(InitializerSpec.Parse(text), made);
                compared++;
            }
        }

        Assert.True(compared > 8, $"only {compared} factories were compared");
    }

    [Fact]
    public void A_value_of_FSharp_and_the_text_of_its_name_are_the_same()
    {
        string[] compared =
        [
            .. typeof(FSharp.SpecModule)
                .GetProperties()
                .Where(p => p.PropertyType == typeof(FSharp.Spec) && Texts.ContainsKey(Snake(p.Name)))
                .Select(p =>
                {
                    string text = FSharp.SpecText.ToText((FSharp.Spec)p.GetValue(null)!);
                    Assert.Equal(InitializerSpec.Parse(Snake(p.Name)).ToString(), text);
                    return p.Name;
                }),
        ];
        Assert.Contains("HeNormal", compared);
    }

    [Fact]
    public void The_page_lists_every_class_and_text_with_its_defaults()
    {
        string page = File.ReadAllText(Path.Combine(Repository(), "docs", "defaults.md"));
        string[] expected = [.. Rows()];
        string[] found =
        [
            .. page.Split('\n')
                .Where(line => line.StartsWith('|') && !line.StartsWith("| C#") && !line.StartsWith("|--")),
        ];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', found));
    }

    /// <summary>A row for each class, with its text and F# function, then for each text without a class.</summary>
    private static IEnumerable<string> Rows()
    {
        var left = Texts.Keys.Order(StringComparer.Ordinal).ToList();
        foreach (Type type in Classes)
        {
            string text = OtherTexts.GetValueOrDefault(type.Name, Snake(type.Name));
            left.Remove(text);
            yield return Row($"{type.Name}{Signature(Constructor(type))}", text);
        }

        foreach (string text in left)
        {
            yield return Row("", text);
        }
    }

    private static string Row(string type, string text) =>
        $"| {Code(type)} | {Code(Texts.GetValueOrDefault(text, ""))} | {Code(Core(text))} |";

    private static string Code(string text) => text.Length == 0 ? "" : $"`{text}`";

    /// <summary>The F# function of a text, with its parameters: it has no defaults.</summary>
    private static string Core(string text)
    {
        string wanted = SharedFunctions.GetValueOrDefault(text, text.Replace("_", "", StringComparison.Ordinal));
        MemberInfo? member = typeof(FSharp.SpecModule)
            .GetMembers(BindingFlags.Public | BindingFlags.Static)
            .FirstOrDefault(m =>
                m is PropertyInfo or MethodInfo { IsSpecialName: false }
                && m.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase)
            );
        if (member is null)
        {
            return "";
        }

        string name = char.ToLowerInvariant(member.Name[0]) + member.Name[1..];
        return member is MethodInfo method
            ? $"Spec.{name} {string.Join(' ', method.GetParameters().Select(p => p.Name))}"
            : $"Spec.{name}";
    }

    private static ConstructorInfo Constructor(Type type) => type.GetConstructors()[0];

    private static string Signature(ConstructorInfo constructor)
    {
        IEnumerable<string> parameters = constructor
            .GetParameters()
            .Select(p => p.HasDefaultValue ? $"{p.Name} = {Value(Argument(p))}" : p.Name!);
        return $"({string.Join(", ", parameters)})";
    }

    private static string Value(object? value) =>
        value switch
        {
            null => "null",
            bool flag => flag ? "true" : "false",
            _ => FormattableString.Invariant($"{value}"),
        };

    /// <summary>A parameter's default, and 0.5 or 7 for one without.</summary>
    private static object? Argument(ParameterInfo parameter) =>
        !parameter.HasDefaultValue
            ? (
                parameter.ParameterType == typeof(string) ? (object)"0.5"
                : parameter.ParameterType == typeof(long) ? (object)7L
                : 0.5
            )
        : parameter.ParameterType.IsEnum ? Enum.ToObject(parameter.ParameterType, parameter.DefaultValue!)
        : parameter.DefaultValue;

    private static string Snake(string name) => Capital().Replace(name, "_$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Capital();

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Initializers.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
