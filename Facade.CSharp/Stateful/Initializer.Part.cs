namespace Initializers.Stateful;

public abstract partial class Initializer
{
    /// <summary>Creates a box of a tensor, as a tensor of the box's shape: the part of one rank of a trainer.</summary>
    /// <remarks>The box has the bits of that part of the whole tensor, whose fans it gets. What lies outside of it is made only
    /// where the initializer needs it: matrices and sparse columns that the box meets.</remarks>
    /// <param name="varShape">The sizes of the whole tensor's axes.</param>
    /// <param name="box">The range along each axis: <c>[0..512, 128..256]</c> or <c>"0:512,128:256"</c>.</param>
    /// <param name="fans">The whole tensor's fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>.</param>
    /// <param name="device">Where to make it; the CPU by default.</param>
    /// <param name="dtype">The element type.</param>
    /// <param name="seed">The whole tensor's seed, which every rank gives, or null to take the next one (<see cref="NextSeed"/>).</param>
    /// <returns>The tensor, which the caller disposes.</returns>
    /// <exception cref="InitializerException">Every fault at once: the codes of <c>CreateVariables</c>; <c>box-rank</c>: there
    /// are more or fewer ranges than axes; <c>box-out-of-axis</c>; <c>box-reversed</c>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> or <paramref name="box"/> is null.</exception>
    /// <example>
    /// <code>
    /// Seed model = 42;
    /// using Tensor rank1 = new KaimingNormal().CreatePart([512, 256], Box.Of(.., 128..256), Layout.OutIn, seed: model.Child("fc1.weight"));
    /// </code>
    /// </example>
    public Tensor CreatePart(
        long[] varShape,
        Box box,
        Fans fans = default,
        Device? device = null,
        DType dtype = DType.Float32,
        Seed? seed = null
    )
    {
        ArgumentNullException.ThrowIfNull(varShape);
        ArgumentNullException.ThrowIfNull(box);
        return CoreCalls.CreatePart(Given, varShape, box, device, fans, dtype, seed ?? NextSeed());
    }

    /// <summary>Fills memory of the caller on the CPU with a box of a tensor, in row-major order of the box.</summary>
    /// <typeparam name="T">float, <see cref="Half"/>, <see cref="BFloat16"/> or double, which decides the dtype.</typeparam>
    /// <param name="span">The memory, whose length is the number of the box's elements.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes.</param>
    /// <param name="box">The range along each axis: <c>[0..512, 128..256]</c> or <c>"0:512,128:256"</c>.</param>
    /// <param name="fans">The whole tensor's fans: a layout, roles of the axes, either as text, or <see cref="Fans.Of"/>.</param>
    /// <param name="seed">The whole tensor's seed, which every rank gives, or null to take the next one (<see cref="NextSeed"/>).</param>
    /// <exception cref="InitializerException">The codes of <see cref="CreatePart"/>; <c>memory-length</c> and
    /// <c>element-type</c> of the memory. The memory is untouched then.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> or <paramref name="box"/> is null.</exception>
    /// <example>
    /// <code>
    /// Seed model = 42;
    /// float[] rank1 = new float[512 * 128];
    /// new KaimingNormal().FillPart&lt;float&gt;(rank1, [512, 256], Box.Of(.., 128..256), Layout.OutIn, model.Child("fc1.weight"));
    /// </code>
    /// </example>
    public void FillPart<T>(Span<T> span, long[] varShape, Box box, Fans fans = default, Seed? seed = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(varShape);
        ArgumentNullException.ThrowIfNull(box);
        CoreCalls.FillPart(span, Given, varShape, box, fans, seed ?? NextSeed());
    }

    /// <summary>Fills the caller's memory on an ILGPU accelerator with a box of a tensor; complete on return.</summary>
    /// <remarks>The accelerator's context was built with <c>EnableInitializers()</c>.</remarks>
    /// <typeparam name="T">float, Half (.NET's or ILGPU's), BFloat16 or double, which decides the dtype.</typeparam>
    /// <param name="view">The memory, whose length is the number of the box's elements.</param>
    /// <param name="varShape">The sizes of the whole tensor's axes.</param>
    /// <param name="box">The range along each axis.</param>
    /// <param name="fans">The whole tensor's fans.</param>
    /// <param name="seed">The whole tensor's seed, or null to take the next one (<see cref="NextSeed"/>).</param>
    /// <exception cref="InitializerException">The codes of <see cref="FillPart{T}(Span{T}, long[], Box, Fans, Seed?)"/>.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="varShape"/> or <paramref name="box"/> is null.</exception>
    public void FillPart<T>(ILGPU.ArrayView<T> view, long[] varShape, Box box, Fans fans = default, Seed? seed = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(varShape);
        ArgumentNullException.ThrowIfNull(box);
        CoreCalls.FillPart(view, Given, varShape, box, fans, seed ?? NextSeed());
    }
}
