namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Creates and fills many tensors in one buffer; on a GPU the small ones in one launch. Variable N is filled from
    /// <c>seed.Child(N)</c>, so its weights depend on its name and not on the other variables.</summary>
    /// <param name="variables">The variables, with unique names.</param>
    /// <param name="device">Where to make them: 'cpu' (the default), 'cuda:0', 'gpu:0', 'opencl:0', ….</param>
    /// <param name="dtype">The element type of all.</param>
    /// <param name="seed">The seed, or null to take the ambient generator's next.</param>
    /// <returns>The tensors by name, which the caller disposes.</returns>
    /// <exception cref="InitializerException">Every fault of every variable at once, each with its name; the codes of
    /// <c>CreateVariables</c>, and <c>tensor-duplicate</c> and <c>name-malformed</c> of the names.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> is null.</exception>
    /// <exception cref="ArgumentException">One of the variables is null.</exception>
    /// <example>
    /// <code>
    /// using VariableDictionary weights = Initializer.CreateAll(
    ///     [
    ///         new("up", new KaimingNormal(), [1024, 256], Layout.OutIn),
    ///         new("down", new RandomNormal(0, 0.02), [256, 1024]),
    ///         new("bias", new Zeros(), [256]),
    ///     ],
    ///     device: "cpu",
    ///     seed: 42
    /// );
    /// Tensor up = weights["up"];
    /// </code>
    /// </example>
    public static VariableDictionary CreateAll(
        IEnumerable<TensorRequest> variables,
        Device? device = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(variables);
        TensorRequest[] all = [.. variables];
        return Array.TrueForAll(all, variable => variable is not null)
            ? CoreCalls.CreateAll(all, device, dtype, seed ?? InitializerRandom.Next())
            : throw new ArgumentException("a variable is null.", nameof(variables));
    }

    /// <summary>Fills many memories of the caller on the CPU as one work list: small ones cost no more than their elements.
    /// Variable N is filled from <c>seed.Child(N)</c>, as by <see cref="CreateAll"/>.</summary>
    /// <param name="variables">The variables, with unique names, of any dtypes.</param>
    /// <param name="seed">The seed, or null to take the ambient generator's next.</param>
    /// <exception cref="InitializerException">Every fault of every variable at once, each with its name; the codes of
    /// <c>CreateVariables</c>, <c>memory-length</c>, <c>element-type</c> and <c>memories-overlap</c> of the memories, and
    /// <c>tensor-duplicate</c> and <c>name-malformed</c> of the names. Nothing is written then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> is null.</exception>
    /// <exception cref="ArgumentException">One of the variables is null.</exception>
    /// <example>
    /// <code>
    /// float[] up = new float[1024 * 256], bias = new float[1024];
    /// Initializer.FillAll(
    ///     [
    ///         new("up", new KaimingNormal(), up, [1024, 256], Layout.OutIn),
    ///         new("bias", new Zeros(), bias),
    ///     ],
    ///     seed: 42
    /// );
    /// </code>
    /// </example>
    public static void FillAll(IEnumerable<MemoryRequest> variables, Seed? seed = null)
    {
        ArgumentNullException.ThrowIfNull(variables);
        MemoryRequest[] all = [.. variables];
        if (Array.Exists(all, variable => variable is null))
        {
            throw new ArgumentException("a variable is null.", nameof(variables));
        }

        CoreCalls.FillAll(all, seed ?? InitializerRandom.Next());
    }
}
