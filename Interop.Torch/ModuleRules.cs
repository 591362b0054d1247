using Initializers.Stateful;
using static TorchSharp.torch;

namespace Initializers.Torch;

/// <summary>Which tensors of a module take which initializers: the first rule that matches a tensor decides it. Immutable.</summary>
/// <remarks>
/// <para>Rules by name match the tensor's name in the state dictionary, as those of a blueprint do: patterns with captures,
/// and initializers whose numbers are expressions. They are taken as written.</para>
/// <para>Rules by module or role fill each matrix of a packed tensor separately, such as the gates of an LSTM and the three
/// projections of attention. The fans are those of the module: groups, strides and transposed kernels are known.</para>
/// <para>Tensors of integers and bool take initializers of whole numbers only, and rules with other ones pass them by.</para>
/// </remarks>
/// <example>
/// <code>
/// ModuleRules rules = ModuleRules.Empty
///     .Match("blocks.{i}.proj.weight", "normal(stddev=0.02/sqrt(2*(i+1)))")
///     .For&lt;Embedding>(new RandomNormal(0, 0.02))
///     .Leave("positions")
///     .Otherwise(ModuleRules.Conventional(new KaimingNormal()));
/// Initialization done = model.Initialize(42, rules);
/// </code>
/// </example>
public sealed class ModuleRules
{
    private readonly ModuleRule[] _rules;

    private ModuleRules(ModuleRule[] rules, string? recipe, IReadOnlyDictionary<string, long> padding) =>
        (_rules, Recipe, Padded) = (rules, recipe, padding);

    /// <summary>No rules. A tensor that no rule matches is the fault <c>tensor-unmatched</c>.</summary>
    public static ModuleRules Empty { get; } = new([], null, new Dictionary<string, long>());

    /// <summary>The distributions that PyTorch's modules have when they are created, by the type of each module. Parameters of other
    /// modules are decided by their names, as in the recipe <c>torch</c>, and their buffers are left.</summary>
    public static ModuleRules Torch { get; } = Default(TorchDefaults.Rules).Otherwise("torch");

    /// <summary>Weights by one initializer, and the usual values for the rest.</summary>
    /// <remarks>Biases are 0, normalizations 1 and 0, running means 0, running variances 1 and slopes of PReLU 0.25. Embeddings are
    /// N(0, 1). A recurrent layer's matrices are glorot_uniform from the inputs and orthogonal from the state, gate by
    /// gate, and an LSTM's forget gates have the bias 1 in bias_ih (Jozefowicz et al. 2015). Buffers of modules that are
    /// not TorchSharp's are left. Bare parameters have no rule.</remarks>
    /// <param name="weights">The initializer of weights.</param>
    /// <returns>The rules, each of which may decide no tensor.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="weights"/> is null.</exception>
    /// <example><code>model.Initialize(42, ModuleRules.Conventional(new Orthogonal(gain: Math.Sqrt(2))));</code></example>
    public static ModuleRules Conventional(Initializer weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Default(ConventionalRules.Of(weights.ToString()));
    }

    /// <summary>Weights by one initializer in a line of text, and the usual values for the rest.</summary>
    /// <param name="weights">Such as <c>kaiming_normal(mode=fan_out)</c>. Its numbers may be expressions.</param>
    /// <returns>The rules, each of which may decide no tensor.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="weights"/> is null.</exception>
    /// <example><code>model.Initialize(42, ModuleRules.Conventional("orthogonal(gain=relu)"));</code></example>
    public static ModuleRules Conventional(string weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Default(ConventionalRules.Of(weights));
    }

    /// <summary>Leaves buffers of modules that are not TorchSharp's.</summary>
    internal static ModuleRules Buffers { get; } =
        Default([ModuleRule.OfTensors("buffer", null, tensor => tensor.Role == TensorRole.Buffer)]);

    internal IReadOnlyList<ModuleRule> Rules => _rules;

    /// <summary>The recipe that follows the rules.</summary>
    internal string? Recipe { get; }

    /// <summary>The rows of embeddings that are 0, by the names of their tensors.</summary>
    internal IReadOnlyDictionary<string, long> Padded { get; }

    /// <summary>Adds a rule for tensors whose names match a pattern.</summary>
    /// <param name="pattern">A glob over the whole name, as in a blueprint: <c>*</c> is any characters, <c>?</c> one, <c>{i}</c>
    /// captures a part without dots, <c>{m*}</c> any characters.</param>
    /// <param name="initializer">The initializer.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>rules.Match("*.bias", new Zeros())</code></example>
    public ModuleRules Match(string pattern, Initializer initializer)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        return Match(pattern, initializer.ToString());
    }

    /// <summary>Adds a rule for tensors whose names match a pattern, with an initializer in a line of text.</summary>
    /// <param name="pattern">A glob over the whole name, with captures.</param>
    /// <param name="initializer">Its numbers may be expressions of captures, sizes, fans and other tensors.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>rules.Match("h.{i}.proj.weight", "normal(stddev=0.02/sqrt(2*(i+1)))")</code></example>
    public ModuleRules Match(string pattern, string initializer)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(initializer);
        return Add(ModuleRule.OfName("pattern", pattern, initializer));
    }

    /// <summary>Adds a rule for tensors whose names match a regular expression.</summary>
    /// <param name="regex">A .NET regular expression, found anywhere in the name. Named groups are captures.</param>
    /// <param name="initializer">The initializer, in a line of text. Its numbers may be expressions.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example><code>rules.MatchRegex(@"(^|\.)[qkv]_proj\.weight$", "xavier_uniform")</code></example>
    public ModuleRules MatchRegex(string regex, string initializer)
    {
        ArgumentNullException.ThrowIfNull(regex);
        ArgumentNullException.ThrowIfNull(initializer);
        return Add(ModuleRule.OfName("regex", regex, initializer));
    }

    /// <summary>Adds a rule for the tensors of a module's type except biases, statistics and buffers.</summary>
    /// <remarks>TorchSharp's transformers show no modules inside of them, so that their attention is not met by
    /// <c>For&lt;MultiheadAttention></c>.</remarks>
    /// <typeparam name="TModule">The type of the module that registered the tensors.</typeparam>
    /// <param name="initializer">The initializer.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="initializer"/> is null.</exception>
    /// <example><code>rules.For&lt;Conv2d>(new KaimingNormal(0, "fan_out"))</code></example>
    public ModuleRules For<TModule>(Initializer initializer)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(initializer);
        return For<TModule>(initializer.ToString());
    }

    /// <summary>Adds a rule for the tensors of a module's type except biases, statistics and buffers.</summary>
    /// <typeparam name="TModule">The type of the module that registered the tensors.</typeparam>
    /// <param name="initializer">The initializer, in a line of text. Its numbers may be expressions.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="initializer"/> is null.</exception>
    /// <example><code>rules.For&lt;MultiheadAttention>("xavier_uniform")</code></example>
    public ModuleRules For<TModule>(string initializer)
        where TModule : nn.Module =>
        Add(
            $"For<{typeof(TModule).Name}>",
            initializer,
            tensor =>
                tensor.Owner is TModule
                && tensor.Role is not (TensorRole.Bias or TensorRole.Statistic or TensorRole.Buffer)
        );

    /// <summary>Adds a rule for the tensors of a module's type with one role.</summary>
    /// <typeparam name="TModule">The type of the module that registered the tensors.</typeparam>
    /// <param name="role">The role.</param>
    /// <param name="initializer">The initializer, in a line of text. Its numbers may be expressions.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="initializer"/> is null.</exception>
    /// <example><code>rules.For&lt;GRU>(TensorRole.HiddenToHidden, "identity")</code></example>
    public ModuleRules For<TModule>(TensorRole role, string initializer)
        where TModule : nn.Module =>
        Add(
            $"For<{typeof(TModule).Name}>({role})",
            initializer,
            tensor => tensor.Owner is TModule && tensor.Role == role
        );

    /// <summary>Adds a rule for the tensors with one role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="initializer">The initializer.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="initializer"/> is null.</exception>
    /// <example><code>rules.For(TensorRole.HiddenToHidden, new Orthogonal())</code></example>
    public ModuleRules For(TensorRole role, Initializer initializer)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        return For(role, initializer.ToString());
    }

    /// <summary>Adds a rule for the tensors with one role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="initializer">The initializer, in a line of text. Its numbers may be expressions.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="initializer"/> is null.</exception>
    /// <example><code>rules.For(TensorRole.Embedding, "normal(stddev=0.02)")</code></example>
    public ModuleRules For(TensorRole role, string initializer) =>
        Add($"For({role})", initializer, tensor => tensor.Role == role);

    /// <summary>Leaves tensors as they are: those whose names match a pattern, also those that their module did not
    /// register.</summary>
    /// <param name="pattern">A glob over the whole name.</param>
    /// <returns>These rules and the new one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="pattern"/> is null.</exception>
    /// <example><code>rules.Leave("encoder.*")</code></example>
    public ModuleRules Leave(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Add(ModuleRule.OfName("pattern", pattern, null));
    }

    /// <summary>Leaves the tensors with one role as they are.</summary>
    /// <param name="role">The role.</param>
    /// <returns>These rules and the new one.</returns>
    /// <example><code>rules.Leave(TensorRole.Buffer)</code></example>
    public ModuleRules Leave(TensorRole role) => Add($"Leave({role})", null, tensor => tensor.Role == role);

    /// <summary>Says which row of an embedding is its padding: it is 0 where a rule by module or role decides the
    /// embedding.</summary>
    /// <remarks>TorchSharp does not say which row its <c>padding_idx</c> is. Without this, a row that is 0 while no other
    /// row is counts as the padding, as it is after TorchSharp created the module.</remarks>
    /// <param name="tensor">The name of the embedding's tensor, such as <c>wte.weight</c>.</param>
    /// <param name="row">The row, counted from 0; -1 is the last.</param>
    /// <returns>These rules and the row.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <example><code>rules.Padding("tokens.weight", 0)</code></example>
    public ModuleRules Padding(string tensor, long row)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new ModuleRules(_rules, Recipe, new Dictionary<string, long>(Padded) { [tensor] = row });
    }

    /// <summary>Adds rules for the tensors that these rules do not decide. Each of them may decide no tensor.</summary>
    /// <param name="rules">The other rules.</param>
    /// <returns>These rules and the others. A recipe of these follows the others' rules unless they have one.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="rules"/> is null.</exception>
    /// <example><code>ModuleRules.Empty.Match("head.weight", "zeros").Otherwise(ModuleRules.Torch)</code></example>
    public ModuleRules Otherwise(ModuleRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new ModuleRules(
            [.. _rules, .. rules._rules.Select(rule => rule with { IsOptional = true })],
            rules.Recipe ?? Recipe,
            rules.Padded.Concat(Padded).GroupBy(p => p.Key).ToDictionary(p => p.Key, p => p.Last().Value)
        );
    }

    /// <summary>Leaves the tensors that these rules do not decide to a recipe of the library.</summary>
    /// <param name="recipe">Such as <c>gpt2</c>; see <see cref="Initializers.Models.Catalogue.Recipes"/>. A call reports another
    /// name as <c>recipe-unknown</c>.</param>
    /// <returns>These rules and the recipe.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="recipe"/> is null.</exception>
    /// <example><code>ModuleRules.Empty.Leave("rotary.*").Otherwise("llama_hf")</code></example>
    public ModuleRules Otherwise(string recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new ModuleRules(_rules, recipe, Padded);
    }

    internal static ModuleRules Default(IEnumerable<ModuleRule> rules) =>
        new([.. rules.Select(rule => rule with { IsOptional = true })], null, Empty.Padded);

    private ModuleRules Add(ModuleRule rule) => new([.. _rules, rule], Recipe, Padded);

    private ModuleRules Add(string text, string? initializer, Func<ModuleTensor, bool> when) =>
        Add(ModuleRule.OfTensors(text, initializer, when));
}
