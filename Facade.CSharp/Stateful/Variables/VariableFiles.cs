using Initializers.Models;
using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

/// <summary>Saves variables as safetensors files, from which <see cref="Verification"/> can generate them again.</summary>
/// <remarks>
/// <para>A file has the bytes of the memory, whatever changed them. A variable that still has the elements that it was made with
/// is saved with its initializer, fans and seed. One that was changed, by training for example, is saved without them, and so is
/// one of a custom quantile (<see cref="InitializerSpec.Quantile"/>); <c>verify</c> lists it as not generated. What is compared
/// is what is written, element by element.</para>
/// <para>A file is whole or absent. Variables on a GPU are copied. Memory is bounded by three buffers of 8 MiB and, one at a time,
/// a matrix that is made as a whole, such as an orthogonal one.</para>
/// </remarks>
/// <example>
/// <code>
/// Seed model = 42;
/// using Tensor up = new KaimingNormal().CreateVariables([512, 256], fanIn: 256, seed: model.Child("up"));
/// using Tensor bias = new Zeros().CreateVariables([512]);
/// new Dictionary&lt;string, Tensor&gt; { ["up"] = up, ["bias"] = bias }.Save("mlp.safetensors", overwrite: true);
/// </code>
/// </example>
public static class VariableFiles
{
    /// <summary>Saves variables by their names, such as a <see cref="VariableDictionary"/> or a dictionary of the
    /// caller.</summary>
    /// <param name="variables">The variables, with unique names. Each dtype keeps their order; wider dtypes come first.</param>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <exception cref="InitializerException">Every fault at once: <c>format-unknown</c>, <c>name-reserved</c>,
    /// <c>tensor-duplicate</c>, <c>name-malformed</c>, <c>file-exists</c>, <c>file-unwritable</c>; or <c>device-failed</c>,
    /// <c>cancelled</c>, <c>memory-exhausted</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> or <paramref name="path"/> is null.</exception>
    /// <exception cref="ArgumentException">A name or a variable is null.</exception>
    /// <exception cref="ObjectDisposedException">A variable has been disposed.</exception>
    /// <example>
    /// <code>
    /// using VariableDictionary weights = Initializer.CreateAll([new("up", new KaimingNormal(), [512, 256], Layout.OutIn)], seed: 42);
    /// weights.Save("mlp.safetensors", overwrite: true);
    /// </code>
    /// </example>
    public static void Save(
        this IEnumerable<KeyValuePair<string, Tensor>> variables,
        string path,
        bool overwrite = false,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(path);
        Tuple<string, Tensor>[] named = [.. variables.Select(pair => Tuple.Create(pair.Key, pair.Value))];
        if (Array.Exists(named, pair => pair.Item1 is null || pair.Item2 is null))
        {
            throw new ArgumentException("a name or a variable is null.", nameof(variables));
        }

        CoreResults.Unwrap(FSharp.Output.Tensors(path, overwrite, ListModule.OfSeq(named), Report.To(progress), token));
    }

    /// <summary>Saves one variable.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="path">The file, which ends in .safetensors.</param>
    /// <param name="name">Its name in the file.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="progress">Receives the bytes written.</param>
    /// <param name="token">Cancels, leaving nothing behind.</param>
    /// <exception cref="InitializerException">As that of several variables.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="variable"/>, <paramref name="path"/> or <paramref name="name"/> is
    /// null.</exception>
    /// <exception cref="ObjectDisposedException">The variable has been disposed.</exception>
    /// <example>
    /// <code>
    /// Seed model = 42;
    /// using Tensor up = new KaimingNormal().CreateVariables([512, 256], fanIn: 256, seed: model.Child("up"));
    /// up.Save("up.safetensors", "up", overwrite: true);
    /// </code>
    /// </example>
    public static void Save(
        this Tensor variable,
        string path,
        string name = "tensor",
        bool overwrite = false,
        IProgress<WriteProgress>? progress = null,
        CancellationToken token = default
    )
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(name);
        Save([KeyValuePair.Create(name, variable)], path, overwrite, progress, token);
    }
}
