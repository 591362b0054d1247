using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>What rules make of the tensors of a module. The core reads and plans the rules; here those by module and role
/// become rules by name, and each carries its number as its source, from which the rule of a tensor is known.</summary>
internal sealed class ModulePlan
{
    private const string UnregisteredMark = "unregistered";
    private readonly ModuleRules _rules;
    private readonly string _name;

    private ModulePlan(nn.Module module, ModuleRules rules)
    {
        _rules = rules;
        _name = module.GetType().Name;
        Listed =
        [
            .. Survey
                .Of(module)
                .Select(tensor =>
                    rules.Padded.TryGetValue(tensor.Name, out long row) && tensor.Role == TensorRole.Embedding
                        ? tensor with
                        {
                            PaddingRow = row,
                        }
                        : tensor
                ),
        ];
    }

    /// <summary>All tensors, in the order of the state dictionary.</summary>
    internal IReadOnlyList<ModuleTensor> Listed { get; }

    /// <summary>The plans of the tensors that are filled.</summary>
    internal FSharpList<FSharp.PlannedTensor> Planned { get; private set; } = FSharpList<FSharp.PlannedTensor>.Empty;

    /// <summary>The names of tensors that are left as they are.</summary>
    internal IReadOnlyList<string> Left { get; private set; } = [];

    /// <summary>Plans the tensors of a module.</summary>
    /// <exception cref="InitializerException">Every fault of tensors and rules at once.</exception>
    internal static ModulePlan Of(nn.Module module, ModuleRules rules)
    {
        var plan = new ModulePlan(module, rules);
        List<Fault> faults = [];
        if (plan.Listed.Any(tensor => tensor.Tensor.IsInvalid))
        {
            faults.AddRange(plan.Listed.SelectMany(tensor => Faults.Of(tensor.Name, tensor.Tensor)));
            throw new InitializerException(faults);
        }

        FSharp.Recipe? recipe = Read(FSharp.RecipeModule.Parse("module", Utf8(plan.RecipeJson(_ => true))), faults);
        FSharp.Blueprint? blueprint = Read(
            FSharp.BlueprintModule.Parse("module", Utf8(plan.TensorsJson(_ => true))),
            faults
        );
        FSharpList<FSharp.PlannedTensor>? planned =
            recipe is null || blueprint is null
                ? null
                : Read(FSharp.BlueprintModule.Plan(FSharpOption<FSharp.Recipe>.Some(recipe), null, blueprint), faults);
        if (planned is not null)
        {
            plan.Decide(planned);
        }

        HashSet<string> left = [.. plan.Left];
        faults.AddRange(
            plan.Listed.Where(tensor => !left.Contains(tensor.Name))
                .SelectMany(tensor => Faults.Of(tensor.Name, tensor.Tensor))
        );
        if (planned is not null)
        {
            faults.AddRange(plan.FaultsOfRules(planned));
        }

        faults.AddRange(Memories.Overlaps([.. plan.Listed.Where(t => !t.IsUnregistered && !left.Contains(t.Name))]));
        return faults.Count == 0 ? plan : throw new InitializerException(faults);
    }

    /// <summary>The tensors and the rules that decide them as a blueprint.</summary>
    internal string BlueprintJson()
    {
        HashSet<string> kept = [.. Planned.Select(tensor => tensor.Entry.Name)];
        HashSet<(string, string)> decided = [.. Planned.Where(t => t.Tie is null).Select(t => (t.Entry.Name, Mark(t)))];
        HashSet<string> marks = [.. decided.Select(pair => pair.Item2)];
        JsonObject blueprint = TensorsJson(kept.Contains);
        JsonObject rules = RecipeJson(kept.Contains);
        JsonArray used = [];
        foreach (JsonNode? rule in rules["rules"]!.AsArray().ToArray())
        {
            string mark = rule!["source"]!.GetValue<string>();
            bool isTyped = _rules.Rules[int.Parse(mark, CultureInfo.InvariantCulture)].Typed is not null;
            if (isTyped ? decided.Contains((NameOf(rule), mark)) : marks.Contains(mark))
            {
                JsonObject own = rule.DeepClone().AsObject();
                own.Remove("source");
                if (isTyped)
                {
                    own["source"] = TextOf(mark);
                }

                used.Add(own);
            }
        }

        bool isRecipe = used.Count == 0 && rules["base"] is not null;
        foreach ((string key, JsonNode? value) in rules.ToArray())
        {
            if (key != "rules" || !isRecipe)
            {
                blueprint[isRecipe && key == "base" ? "recipe" : key] = key == "rules" ? used : value?.DeepClone();
            }
        }

        var text = new JsonObject { ["name"] = _name };
        foreach ((string key, JsonNode? value) in blueprint)
        {
            text[key] = value?.DeepClone();
        }

        return text.ToJsonString(
            new()
            {
                WriteIndented = true,
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
    }

    /// <summary>What the rule of a tensor is called.</summary>
    internal string RuleOf(FSharp.PlannedTensor tensor) =>
        TextOf(Mark(tensor)) ?? $"{_rules.Recipe}: {FSharp.RuleModule.ToText(tensor.Rule)}";

    private string? TextOf(string mark) =>
        int.TryParse(mark, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? _rules.Rules[index].Text
            : null;

    private static string Mark(FSharp.PlannedTensor tensor) => tensor.Rule.Source?.Value ?? "";

    private bool Leaves(FSharp.PlannedTensor tensor) =>
        int.TryParse(Mark(tensor), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
        && _rules.Rules[index].Leaves;

    private void Decide(FSharpList<FSharp.PlannedTensor> planned)
    {
        Left = [.. planned.Where(Leaves).Select(tensor => tensor.Entry.Name)];
        Planned = ListModule.OfSeq(planned.Where(tensor => !Leaves(tensor)));
    }

    /// <summary>Fields that are not registered and not left, and rules that decide nothing.</summary>
    private IEnumerable<Fault> FaultsOfRules(FSharpList<FSharp.PlannedTensor> planned)
    {
        HashSet<string> left = [.. Left];
        foreach (ModuleTensor field in Listed.Where(tensor => tensor.IsUnregistered && !left.Contains(tensor.Name)))
        {
            yield return Faults.Of(
                FSharp.InitError.NewTensor(FSharp.TensorFault.NewUnregistered(field.Owner.GetType().Name, field.Name))
            );
        }

        HashSet<string> used = [.. planned.Select(Mark)];
        for (int i = 0; i < _rules.Rules.Count; i++)
        {
            if (!_rules.Rules[i].IsOptional && !used.Contains(i.ToString(CultureInfo.InvariantCulture)))
            {
                yield return Faults.Of(FSharp.InitError.NewRuleUnused(_rules.Rules[i].Text, FSharpOption<string>.None));
            }
        }

        foreach (string name in _rules.Padded.Keys)
        {
            if (!Listed.Any(tensor => tensor.Name == name && tensor.Role == TensorRole.Embedding))
            {
                yield return Faults.Of(FSharp.InitError.NewRuleUnused($"Padding({name})", FSharpOption<string>.None));
            }
        }
    }

    private JsonObject TensorsJson(Func<string, bool> isWanted)
    {
        var tensors = new JsonObject();
        foreach (ModuleTensor tensor in Listed.Where(tensor => isWanted(tensor.Name)))
        {
            var entry = new JsonObject
            {
                ["dtype"] = Memories.StorageOf(tensor.Tensor.dtype) ?? "F32",
                ["shape"] = new JsonArray([.. tensor.Tensor.shape.Select(size => JsonValue.Create(size))]),
            };
            if (tensor.Layout is not null)
            {
                entry["layout"] = tensor.Layout;
            }

            tensors[tensor.Name] = entry;
        }

        return new JsonObject { ["tensors"] = tensors };
    }

    private JsonObject RecipeJson(Func<string, bool> isWanted)
    {
        var rules = new JsonArray();
        for (int i = 0; i < _rules.Rules.Count; i++)
        {
            string mark = i.ToString(CultureInfo.InvariantCulture);
            if (_rules.Rules[i].Named is { } named)
            {
                JsonObject rule = named();
                rule["source"] = mark;
                rules.Add(rule);
                continue;
            }

            foreach (ModuleTensor tensor in Listed.Where(t => t.TiedTo is null && isWanted(t.Name)))
            {
                if (_rules.Rules[i].Typed!(tensor) is { } found)
                {
                    rules.Add(ByName(tensor.Name, found.Spec, found.Layout, mark));
                }
            }
        }

        foreach (ModuleTensor field in Listed.Where(t => t.IsUnregistered && isWanted(t.Name)))
        {
            rules.Add(ByName(field.Name, ModuleRule.Nothing, null, UnregisteredMark));
        }

        var recipe = new JsonObject();
        if (_rules.Recipe is not null)
        {
            recipe["base"] = _rules.Recipe;
        }

        recipe["rules"] = rules;
        var ties = new JsonObject();
        foreach (ModuleTensor tensor in Listed.Where(t => t.TiedTo is not null && isWanted(t.Name)))
        {
            ties[tensor.Name] = tensor.TiedTo;
        }

        if (ties.Count > 0)
        {
            recipe["tie"] = ties;
            recipe["tied"] = "copy";
        }

        return recipe;
    }

    /// <summary>A rule for one tensor. Characters of a name that a glob reads are escaped in a regular expression.</summary>
    private static JsonObject ByName(string name, JsonNode spec, string? layout, string mark)
    {
        bool isPlain = name.IndexOfAny(['*', '?', '{', '}']) < 0;
        var rule = new JsonObject
        {
            [isPlain ? "pattern" : "regex"] = isPlain ? name : $"^{System.Text.RegularExpressions.Regex.Escape(name)}$",
            ["spec"] = spec,
        };
        if (layout is not null)
        {
            rule["layout"] = layout;
        }

        rule["source"] = mark;
        return rule;
    }

    private static string NameOf(JsonNode rule) =>
        rule["pattern"]?.GetValue<string>()
        ?? System.Text.RegularExpressions.Regex.Unescape(rule["regex"]!.GetValue<string>()[1..^1]);

    private static ReadOnlyMemory<byte> Utf8(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static T? Read<T>(FSharpResult<T, FSharpList<FSharp.InitError>> result, List<Fault> faults)
        where T : class
    {
        if (result.IsOk)
        {
            return result.ResultValue;
        }

        faults.AddRange(FSharp.FaultReport.OfFaults(result.ErrorValue).Select(Faults.Of));
        return null;
    }
}
