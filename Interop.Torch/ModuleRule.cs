using System.Text.Json.Nodes;

namespace Initializers.Torch;

/// <summary>A rule of <see cref="ModuleRules"/>.</summary>
/// <param name="Text">Its name in explanations.</param>
internal sealed record ModuleRule(string Text)
{
    /// <summary>Whether it may decide no tensor.</summary>
    internal bool IsOptional { get; init; }

    /// <summary>Whether it leaves tensors as they are.</summary>
    internal bool Leaves { get; init; }

    /// <summary>The rule in a blueprint's JSON if it is one by name.</summary>
    internal Func<JsonObject>? Named { get; init; }

    /// <summary>The initializer of a tensor if it is one by module or role, and roles of axes that replace the module's; null
    /// if it does not match the tensor.</summary>
    internal Func<ModuleTensor, (JsonNode Spec, string? Layout)?>? Typed { get; init; }

    /// <summary>Fills tensors that are left, in plans that are never executed: every type takes 0.</summary>
    internal const string Nothing = "zeros";

    internal static ModuleRule OfName(string kind, string pattern, string? initializer) =>
        new(initializer is null ? $"Leave({pattern})" : pattern)
        {
            Leaves = initializer is null,
            Named = () => new JsonObject { [kind] = pattern, ["spec"] = initializer ?? Nothing },
        };

    internal static ModuleRule OfTensors(string text, string? initializer, Func<ModuleTensor, bool> when) =>
        new(text)
        {
            Leaves = initializer is null,
            Typed = tensor =>
                tensor.IsUnregistered || !when(tensor) ? null
                : initializer is null ? (JsonValue.Create(Nothing), null)
                : (Packed(tensor, initializer), null),
        };

    /// <summary>The whole tensor by an initializer, with 0 in the padding row.</summary>
    internal static JsonNode Whole(ModuleTensor tensor, string initializer) =>
        tensor.PaddingRow is { } row
            ? new JsonObject
            {
                ["initializer"] = "padding",
                ["index"] = row,
                ["inner"] = initializer,
            }
            : JsonValue.Create(initializer);

    /// <summary>Each matrix of a packed tensor by an initializer.</summary>
    private static JsonNode Packed(ModuleTensor tensor, string initializer) =>
        tensor.Packed == 1
            ? Whole(tensor, initializer)
            : new JsonObject
            {
                ["initializer"] = "stacked",
                ["axis"] = 0,
                ["parts"] = new JsonArray([
                    .. Enumerable
                        .Repeat(tensor.Tensor.shape[0] / tensor.Packed, tensor.Packed)
                        .Select(size => new JsonObject { ["size"] = size, ["inner"] = initializer }),
                ]),
            };
}
