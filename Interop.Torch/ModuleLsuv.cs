using System.Globalization;
using System.Text.Json.Nodes;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Initializers.Torch;

using Tensor = TorchSharp.torch.Tensor;

/// <summary>Layer-sequential unit-variance initialization: weights whose scales are found on a batch of data (Mishkin and Matas
/// 2016, "All you need is a good init").</summary>
public static class ModuleLsuv
{
    /// <summary>Fills a module by rules, orthogonal weights without them, and scales the weights of linear and convolution
    /// layers so that the outputs of each have variance 1 on a batch.</summary>
    /// <remarks>
    /// <para>Layers are scaled in the order in which they run. The variance is that of all elements of a layer's outputs,
    /// before its activation. While it is not 1 within the tolerance, the weight is divided by its root, at most as many times
    /// as the iterations allow. The scales found become numbers of the initializers, by which the model is then filled: the
    /// weights are those of <c>Initialize(seed, done.Rules)</c>, which needs no data.</para>
    /// <para>The module runs three times, in evaluation mode and without gradients: once before anything is changed, so that a
    /// batch that it does not take changes nothing, once to scale, and once to measure the variances with the final weights.
    /// Then each part of it is in its mode again. Layers run if the model calls them by <c>call</c>; TorchSharp tells nobody of
    /// <c>forward</c>. Its own attention, transformer and recurrent modules show no layers, and have the weights of the rules;
    /// so have the layers whose weights rules leave.</para>
    /// </remarks>
    /// <param name="module">The module, which takes one tensor.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="batch">The data: some hundred examples, prepared like those of training.</param>
    /// <param name="rules">What fills the tensors before weights are scaled; null for
    /// <c>ModuleRules.Conventional("orthogonal")</c>, whose biases are 0.</param>
    /// <param name="tolerance">The largest distance of a variance from 1, above 0; the paper's is 0.1.</param>
    /// <param name="iterations">How many times a weight is scaled at most, above 0; the paper's number is 10.</param>
    /// <param name="strict">Whether a layer whose variance is not reached is a fault, and not only reported.</param>
    /// <returns>What each tensor was filled with, and the scale, variance and status of each layer.</returns>
    /// <exception cref="InitializerException">Every fault at once. Before anything is changed: the codes of
    /// <see cref="ModuleInitialization.Initialize(nn.Module, Seed, ModuleRules)"/>, <c>not-positive</c>, <c>layers-missing</c>:
    /// the module has no linear or convolution layer that rules fill; <c>layers-not-run</c>: none of them ran, or not all if
    /// <paramref name="strict"/>. After the model was filled: <c>variance-not-reached</c>, for each layer if
    /// <paramref name="strict"/>, or if no layer has finite outputs. <c>overflows-dtype</c>: a scale takes a weight out of its
    /// dtype; the model is filled without scales then.</exception>
    /// <exception cref="ArgumentNullException">The module, the seed or the batch is null.</exception>
    /// <example><code>LsuvInitialization done = model.InitializeLsuv(42, images, tolerance: 0.01);
    /// Console.WriteLine(done.Converged);</code></example>
    public static LsuvInitialization InitializeLsuv(
        this nn.Module<Tensor, Tensor> module,
        Seed seed,
        Tensor batch,
        ModuleRules? rules = null,
        double tolerance = 0.1,
        int iterations = 10,
        bool strict = false
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        return module.InitializeLsuv(seed, it => it.call(batch), rules, tolerance, iterations, strict);
    }

    /// <summary>Fills a module by rules and scales the weights of its layers, with data of any kind.</summary>
    /// <inheritdoc cref="InitializeLsuv(nn.Module{Tensor, Tensor}, Seed, Tensor, ModuleRules, double, int, bool)"/>
    /// <typeparam name="TModule">The module's type.</typeparam>
    /// <param name="module">The module.</param>
    /// <param name="seed">The model's seed.</param>
    /// <param name="run">Runs the module on a batch. It is called three times, and has the same data each time.</param>
    /// <param name="rules">What fills the tensors before weights are scaled; null for
    /// <c>ModuleRules.Conventional("orthogonal")</c>, whose biases are 0.</param>
    /// <param name="tolerance">The largest distance of a variance from 1, above 0.</param>
    /// <param name="iterations">How many times a weight is scaled at most, above 0.</param>
    /// <param name="strict">Whether a layer whose variance is not reached is a fault, and not only reported.</param>
    /// <example><code>model.InitializeLsuv(42, it => it.call(tokens, mask));</code></example>
    public static LsuvInitialization InitializeLsuv<TModule>(
        this TModule module,
        Seed seed,
        Action<TModule> run,
        ModuleRules? rules = null,
        double tolerance = 0.1,
        int iterations = 10,
        bool strict = false
    )
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(run);
        rules ??= ModuleRules.Conventional("orthogonal");
        ModulePlan plan = PlanOf(module, rules, [.. FaultsOf(tolerance, iterations)]);
        ScaledLayer[] layers = LayersOf(module, plan);
        using var mode = new EvaluationMode(module);
        ScaledLayer[] order = [.. Variances(layers, () => run(module)).Keys];
        if (order.Length < (strict ? layers.Length : 1))
        {
            IEnumerable<string> silent = layers.Except(order).Select(layer => layer.Name);
            throw Refused(FSharp.TensorFault.NewLayersNotRun(ListModule.OfSeq(silent)));
        }

        LsuvInitialization done = Restoring(
            plan,
            seed,
            () =>
            {
                HashSet<string> scaled = [];
                Variances(
                    layers,
                    () => run(module),
                    (layer, input, output) =>
                        layer.Source is { } source && scaled.Add(source)
                            ? layer.Normalize(input, output, tolerance, iterations)
                            : output
                );
                Dictionary<string, double> scales = layers
                    .Where(layer => layer.Scale != 1)
                    .ToDictionary(layer => layer.Source!, layer => layer.Scale);
                ModuleRules final = WithScales(rules, plan, scales);
                ModulePlan scaledPlan = ModulePlan.Of(module, final);
                ModuleInitialization.Fill(scaledPlan, seed);
                Dictionary<ScaledLayer, double> variances = Variances(layers, () => run(module));
                IEnumerable<LsuvLayer> reports = order
                    .Concat(layers.Except(order))
                    .Select(layer => layer.Report(variances, scales, tolerance));
                return new LsuvInitialization(scaledPlan, seed, final, [.. reports]);
            }
        );
        LsuvLayer[] missed = [.. done.Layers.Where(layer => !layer.Converged)];
        return
            strict && missed.Length > 0 || missed.Count(layer => !double.IsFinite(layer.Variance)) == done.Layers.Count
            ? throw Refused([
                .. missed.Select(layer =>
                    FSharp.TensorFault.NewVarianceNotReached(layer.Name, layer.Variance, tolerance, layer.Iterations)
                ),
            ])
            : done;
    }

    /// <summary>Fills the tensors of a plan, and again if what follows fails.</summary>
    private static LsuvInitialization Restoring(ModulePlan plan, Seed seed, Func<LsuvInitialization> scale)
    {
        ModuleInitialization.Fill(plan, seed);
        try
        {
            return scale();
        }
        catch (Exception)
        {
            ModuleInitialization.Fill(plan, seed);
            throw;
        }
    }

    private static IEnumerable<Fault> FaultsOf(double tolerance, int iterations)
    {
        foreach (
            (string name, double number) in new[] { (nameof(tolerance), tolerance), (nameof(iterations), iterations) }
        )
        {
            if (!(number > 0))
            {
                yield return Faults.Of(FSharp.InitError.NewNotPositive(nameof(InitializeLsuv), name, number));
            }
        }
    }

    private static ModulePlan PlanOf(nn.Module module, ModuleRules rules, List<Fault> faults)
    {
        ModulePlan? plan = null;
        try
        {
            plan = ModulePlan.Of(module, rules);
        }
        catch (InitializerException e)
        {
            faults.AddRange(e.Faults);
        }

        return faults.Count == 0 ? plan! : throw new InitializerException(faults);
    }

    /// <summary>The linear and convolution layers whose weights rules fill, each module once.</summary>
    private static ScaledLayer[] LayersOf(nn.Module module, ModulePlan plan)
    {
        HashSet<string> filled = [.. plan.Planned.Select(tensor => tensor.Entry.Name)];
        ILookup<string, ModuleTensor> tied = plan.Listed.ToLookup(tensor => tensor.TiedTo ?? tensor.Name);
        ScaledLayer[] layers =
        [
            .. plan
                .Listed.Where(tensor => IsWeight(tensor) && filled.Contains(tensor.Name))
                .DistinctBy(tensor => tensor.Owner, ReferenceEqualityComparer.Instance)
                .Select(tensor => (Tensor: tensor, Source: tensor.TiedTo ?? tensor.Name))
                .Select(layer => new ScaledLayer(
                    layer.Tensor,
                    tied[layer.Source].All(IsWeight) && filled.Contains(layer.Source) ? layer.Source : null
                )),
        ];
        return layers.Length > 0 ? layers : throw Refused(FSharp.TensorFault.NewLayersMissing(module.GetType().Name));
    }

    private static bool IsWeight(ModuleTensor tensor) =>
        tensor.Owner is TorchSharp.Modules.Linear or TorchSharp.Modules.Convolution
        && tensor.Local == "weight"
        && !tensor.IsUnregistered;

    /// <summary>The variances of the first outputs of the layers, in the order in which they run.</summary>
    private static Dictionary<ScaledLayer, double> Variances(
        ScaledLayer[] layers,
        Action run,
        Func<ScaledLayer, Tensor, Tensor, Tensor>? change = null
    )
    {
        Dictionary<ScaledLayer, double> variances = [];
        List<Action> removals = [];
        try
        {
            foreach (ScaledLayer layer in layers)
            {
                removals.Add(layer.Hook(Measure(layer)));
            }

            using var mode = no_grad();
            run();
        }
        finally
        {
            removals.ForEach(remove => remove());
        }

        return variances;

        Func<Tensor, Tensor, Tensor> Measure(ScaledLayer layer) =>
            (input, output) =>
            {
                if (!variances.ContainsKey(layer))
                {
                    output = change?.Invoke(layer, input, output) ?? output;
                    variances.Add(layer, ScaledLayer.VarianceOf(output));
                }

                return output;
            };
    }

    /// <summary>The rules, and before them one that has the initializers of scaled weights, with the fans of their
    /// rules.</summary>
    private static ModuleRules WithScales(ModuleRules rules, ModulePlan plan, Dictionary<string, double> scales)
    {
        Dictionary<string, FSharp.PlannedTensor> planned = plan.Planned.ToDictionary(tensor => tensor.Entry.Name);
        Dictionary<string, (JsonNode Spec, string? Layout)> scaled = scales.ToDictionary(
            pair => pair.Key,
            pair => Scaled(planned[pair.Key], pair.Value)
        );
        var rule = new ModuleRule("lsuv")
        {
            Typed = tensor =>
                scaled.TryGetValue(tensor.Name, out (JsonNode Spec, string? Layout) found)
                    ? (found.Spec.DeepClone(), found.Layout)
                    : null,
        };
        return ModuleRules.Default([rule]).Otherwise(rules);
    }

    private static (JsonNode Spec, string? Layout) Scaled(FSharp.PlannedTensor tensor, double scale) =>
        (
            JsonValue.Create(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"scale(factor={scale:R}, inner={FSharp.SpecText.ToText(tensor.Spec)})"
                )
            ),
            tensor.Rule.Fan switch
            {
                FSharp.Fan.From from => FSharp.Layout.ToText(from.layout),
                FSharp.Fan.Axes axes => FSharp.FanAxes.ToText(axes.axes),
                _ => null,
            }
        );

    private static InitializerException Refused(params FSharp.TensorFault[] faults) =>
        new(faults.Select(fault => Faults.Of(FSharp.InitError.NewTensor(fault))));
}
