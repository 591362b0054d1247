using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>What rules make of the tensors of a module. The core reads and plans the rules; here those by module and role
/// become rules by name, and each carries its number as its source, from which the rule of a tensor is known.</summary>
internal sealed partial class ModulePlan
{
    /// <summary>The name of the rules and of the tensors in faults of the core.</summary>
    private const string Source = "module";

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

        JsonObject rulesJson = plan.RecipeJson(_ => true);
        string[] marks = [.. rulesJson["rules"]!.AsArray().Select(rule => rule!["source"]!.GetValue<string>())];
        FSharp.Recipe? recipe = plan.Read(FSharp.RecipeModule.Parse(Source, Utf8(rulesJson)), marks, faults);
        FSharp.Blueprint? blueprint = plan.Read(
            FSharp.BlueprintModule.Parse(Source, Utf8(plan.TensorsJson(_ => true))),
            marks,
            faults
        );
        FSharpList<FSharp.PlannedTensor>? planned =
            recipe is null || blueprint is null
                ? null
                : plan.Read(
                    FSharp.BlueprintModule.Plan(FSharpOption<FSharp.Recipe>.Some(recipe), null, blueprint),
                    marks,
                    faults
                );
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

    /// <summary>The tensors and the rules that decide them as a blueprint, a line for each.</summary>
    internal string BlueprintJson()
    {
        HashSet<string> kept = [.. Planned.Select(tensor => tensor.Entry.Name)];
        HashSet<(string, string)> decided = [.. Planned.Where(t => t.Tie is null).Select(t => (t.Entry.Name, Mark(t)))];
        HashSet<string> marks = [.. decided.Select(pair => pair.Item2)];
        JsonObject recipe = RecipeJson(kept.Contains);
        var used = new List<string>();
        foreach (JsonObject rule in recipe["rules"]!.AsArray().Select(rule => rule!.AsObject()))
        {
            string mark = rule["source"]!.GetValue<string>();
            bool isTyped = _rules.Rules[int.Parse(mark, CultureInfo.InvariantCulture)].Typed is not null;
            if (isTyped ? decided.Contains((NameOf(rule), mark)) : marks.Contains(mark))
            {
                rule.Remove("source");
                if (isTyped)
                {
                    rule["source"] = TextOf(mark);
                }

                used.Add(Line(rule));
            }
        }

        // Rules may be followed by those of a recipe; a recipe alone has another key.
        var members = new List<string> { $"\"name\": {Line(JsonValue.Create(_name))}" };
        IEnumerable<string> tensors = TensorsJson(kept.Contains)["tensors"]!
            .AsObject()
            .Select(tensor => $"{Line(JsonValue.Create(tensor.Key))}: {Line(tensor.Value!)}");
        members.Add($"\"tensors\": {{{Lines(tensors)}}}");
        members.AddRange(
            recipe
                .Where(member => member.Key != "rules")
                .Select(member =>
                    $"\"{(member.Key == "base" && used.Count == 0 ? "recipe" : member.Key)}\": {Line(member.Value!)}"
                )
        );
        if (used.Count > 0)
        {
            members.Add($"\"rules\": [{Lines(used)}]");
        }

        return $"{{\n  {string.Join(",\n  ", members)}\n}}\n";

        static string Lines(IEnumerable<string> lines) => $"\n    {string.Join(",\n    ", lines)}\n  ";
        static string Line(JsonNode node) => node.ToJsonString(Relaxed);
    }

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

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
            [isPlain ? "pattern" : "regex"] = isPlain ? name : $"^{Regex.Escape(name)}$",
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
        rule["pattern"]?.GetValue<string>() ?? Regex.Unescape(rule["regex"]!.GetValue<string>()[1..^1]);

    private static ReadOnlyMemory<byte> Utf8(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private T? Read<T>(FSharpResult<T, FSharpList<FSharp.InitError>> result, string[] marks, List<Fault> faults)
        where T : class
    {
        if (result.IsOk)
        {
            return result.ResultValue;
        }

        faults.AddRange(
            FSharp.FaultReport.OfFaults(ListModule.OfSeq(OfRules(result.ErrorValue, marks))).Select(Faults.Of)
        );
        return null;
    }

    /// <summary>Faults with the caller's rules in the place of those by name, of which one rule may have made many; one for each
    /// cause.</summary>
    private IEnumerable<FSharp.InitError> OfRules(IEnumerable<FSharp.InitError> faults, string[] marks) =>
        faults
            .Select(fault =>
                fault switch
                {
                    FSharp.InitError.InRule rule when RuleAt(rule.rule, marks) is { } text => (
                        FSharp.InitError.NewInRule(text, FSharpList<string>.Empty, rule.fault),
                        rule.tensors
                    ),
                    FSharp.InitError.AtPath at when RuleAt(at.path, marks) is { } text => (
                        FSharp.InitError.NewAtPath(text, "spec", at.fault),
                        FSharpList<string>.Empty
                    ),
                    _ => (fault, FSharpList<string>.Empty),
                }
            )
            .GroupBy(pair => pair.Item1)
            .Select(same =>
                same.Key is FSharp.InitError.InRule { tensors.IsEmpty: true } rule
                    ? FSharp.InitError.NewInRule(
                        rule.rule,
                        ListModule.OfSeq(same.SelectMany(pair => pair.Item2)),
                        rule.fault
                    )
                    : same.Key
            );

    /// <summary>The caller's rule at a place of the core's, such as rules[3].spec; null for a place in a recipe.</summary>
    private string? RuleAt(string place, string[] marks) =>
        Place().Match(place) is { Success: true } found
        && !(
            place.Contains(" of recipe ", StringComparison.Ordinal)
            && !place.EndsWith($" of recipe {Source}", StringComparison.Ordinal)
        )
        && TextOf(marks[int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)]) is { } text
            ? $"rule '{text}'"
            : null;

    [GeneratedRegex(@"^rules\[(\d+)\]")]
    private static partial Regex Place();
}
