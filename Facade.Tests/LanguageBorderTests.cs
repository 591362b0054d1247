using System.Reflection;

namespace Initializers.Facade.Tests;

/// <summary>No type of F#'s own reaches a C# program: neither FSharp.Core's nor those of the F# door.</summary>
public class LanguageBorderTests
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly string[] Inside = ["Initializers.FSharp", "Initializers.Kernels"];

    private static readonly Type[] Exported =
    [
        .. new[] { typeof(Tensor).Assembly, typeof(Initializer).Assembly }
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !IsInside(type.Namespace)),
    ];

    public static TheoryData<Type> Public => [.. Exported];

    [Theory]
    [MemberData(nameof(Public))]
    public void Public_signatures_hold_no_type_of_FSharps_own(Type type) =>
        Assert.Empty(
            Signature(type)
                .SelectMany(used => Parts(used.Type).Select(part => (used.Where, Part: part)))
                .Where(used => used.Part.Assembly.GetName().Name == "FSharp.Core" || IsInside(used.Part.Namespace))
                .Select(used => $"{type}.{used.Where}: {used.Part}")
        );

    [Fact]
    public void The_check_sees_a_leak() =>
        Assert.Contains(
            Signature(typeof(FSharp.Target).Assembly.GetType("Initializers.FSharp.Initialize")!),
            used => Parts(used.Type).Any(part => part.Assembly.GetName().Name == "FSharp.Core")
        );

    [Fact]
    public void The_other_namespaces_are_the_shared_one_and_the_facades() =>
        Assert.Empty(
            Exported
                .Select(type => type.Namespace)
                .Except(["Initializers", "Initializers.Stateful", "Initializers.Models"])
        );

    private static bool IsInside(string? name) =>
        Inside.Any(n => name == n || name?.StartsWith(n + ".", StringComparison.Ordinal) == true);

    private static IEnumerable<(string Where, Type Type)> Signature(Type type)
    {
        IEnumerable<Type?> heads = [type.BaseType, .. type.GetInterfaces(), .. type.GetGenericArguments()];
        foreach (Type head in heads.OfType<Type>())
        {
            yield return ("itself", head);
        }
        foreach (
            FieldInfo field in type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly)
        )
        {
            yield return (field.Name, field.FieldType);
        }
        // properties and events are their accessors
        foreach (
            MethodBase method in type.GetMethods(Declared)
                .Concat<MethodBase>(type.GetConstructors(Declared))
                .Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly)
        )
        {
            IEnumerable<Type> used =
            [
                .. method.GetParameters().Select(p => p.ParameterType),
                .. method.IsGenericMethod
                    ? method.GetGenericArguments().SelectMany(a => a.GetGenericParameterConstraints())
                    : [],
                .. method is MethodInfo m ? [m.ReturnType] : Type.EmptyTypes,
            ];
            foreach (Type t in used)
            {
                yield return (method.Name, t);
            }
        }
    }

    // A type with its element type and its type arguments.
    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType
            ? Parts(type.GetElementType()!)
            : [type, .. type.IsGenericParameter ? [] : type.GetGenericArguments().SelectMany(Parts)];
}
