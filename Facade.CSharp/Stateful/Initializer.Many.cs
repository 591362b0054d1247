using ILGPU;

namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Makes and fills many tensors in one buffer; on a GPU the small ones in one launch. Variable N is filled from
    /// <c>seed.Child(N)</c>, so its weights depend on its name and not on what is made with it.</summary>
    /// <param name="variables">The variables, each under a name of its own.</param>
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

    /// <summary>Fills many memories of the caller's on the CPU as one work list: small ones cost no more than their elements.
    /// Variable N is filled from <c>seed.Child(N)</c>, as by <see cref="CreateAll"/>.</summary>
    /// <param name="variables">The variables, each under a name of its own, of any dtypes.</param>
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

    /// <summary>Fills memory of the caller's on an ILGPU accelerator, with the fans as numbers; complete on return. The
    /// accelerator's context was built with <c>EnableInitializers()</c>.</summary>
    /// <typeparam name="T">float, Half (.NET's or ILGPU's), BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="view">The memory: elements [offset, offset + view.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape; null when the view is all of it, in one axis.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="fanOut">The number of nodes in the next layer, finite and above 0.</param>
    /// <param name="fanIn">The number of nodes in the previous layer, finite and above 0.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As <c>CreateVariables</c>; besides, <c>slice-out-of-range</c>: the slice does not
    /// lie within the shape, and <c>element-type</c>: the view's elements are none of the above. The view is untouched
    /// then.</exception>
    /// <example>
    /// <code>
    /// using Context context = Context.Create(builder => builder.EnableInitializers().Cuda());
    /// using Accelerator accelerator = context.CreateCudaAccelerator(0);
    /// Seed model = 42;
    /// using var memory = accelerator.Allocate1D&lt;float&gt;(512 * 256);
    /// new KaimingNormal().Fill&lt;float&gt;(memory.View, [512, 256], fanIn: 256, seed: model.Child("fc1.weight"));
    /// </code>
    /// </example>
    public void Fill<T>(
        ArrayView<T> view,
        long[]? varShape = null,
        long offset = 0,
        double? fanOut = null,
        double? fanIn = null,
        Seed? seed = null
    )
        where T : unmanaged =>
        CoreCalls.Fill(view, Given, varShape, offset, CoreCalls.Fan(fanOut, fanIn), seed ?? NextSeed());

    /// <summary>Fills memory of the caller's on an ILGPU accelerator, with the fans read from the whole tensor's shape;
    /// complete on return. The accelerator's context was built with <c>EnableInitializers()</c>.</summary>
    /// <typeparam name="T">float, Half (.NET's or ILGPU's), BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="view">The memory: elements [offset, offset + view.Length) of the tensor, in row-major order.</param>
    /// <param name="varShape">The whole tensor's shape.</param>
    /// <param name="layout">Which axes are outputs, inputs and receptive field.</param>
    /// <param name="offset">The first element's place in the whole tensor, 0 or more. A slice has the bits of that part
    /// of the whole.</param>
    /// <param name="seed">The tensor's seed, such as <c>model.Child("fc1.weight")</c>, or null to take the next one (<see cref="NextSeed"/>).
    /// Tensors of equal seeds are made from the same draws.</param>
    /// <exception cref="InitializerException">As the overload with fans.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> is null.</exception>
    /// <example><code>new KaimingNormal().Fill&lt;float&gt;(memory.View, [512, 256], Layout.OutIn, seed: model.Child("fc1.weight"));</code></example>
    public void Fill<T>(ArrayView<T> view, long[] varShape, Layout layout, long offset = 0, Seed? seed = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(varShape);
        CoreCalls.Fill(view, Given, varShape, offset, CoreCalls.Fan(layout), seed ?? NextSeed());
    }
}
