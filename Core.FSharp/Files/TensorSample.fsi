namespace Initializers.FSharp

open System.Threading

/// <summary>The words of a request for the first elements of tensors, as given on a command line; null if absent.</summary>
type SampleText =
    {
        /// A file of tensors, a model's name or JSON, or an initializer.
        Subject: string | null
        /// The rules of a model's or a file's tensors.
        Recipe: string | null
        /// A pattern of the names of tensors, such as h.0.*.
        Tensors: string | null
        /// The sizes of an initializer's tensor, 512,512 by default.
        Shape: string | null
        /// The seed's key, 0 by default.
        Seed: string | null
        /// The element type, float32 by default for an initializer's tensor.
        DType: string | null
        /// The number of inputs that reach one output.
        FanIn: string | null
        /// The number of outputs that one input reaches.
        FanOut: string | null
        /// The layout that reads the fans from the shape; oi by default for a matrix without fans.
        Layout: string | null
    }

/// <summary>The first elements of a tensor, with the distribution that they are to have.</summary>
type TensorSample =
    {
        /// Its name; an initializer's tensor has the initializer's text.
        Name: string
        /// How many tensors of the same shape have this name but for the numbers in it, this one among them.
        Represented: int
        /// Its element type by its name in safetensors, such as F32.
        DType: string
        /// The sizes of its axes, outermost first.
        Shape: Shape
        /// The first elements in row-major order, all or as many as were asked for.
        Values: float[]
        /// The distribution of the initializer; None for a tensor of a file that neither a recipe nor the metadata describe.
        Expected: Distribution option
        /// The initializer as text; empty where no initializer is known.
        Initializer: string
    }

/// <summary>Draws or reads the first elements of tensors, for pictures and statistics.</summary>
[<RequireQualifiedAccess>]
module TensorSamples =
    /// <summary>Returns every fault of a request, found before elements are drawn or read.</summary>
    [<CompiledName "Validate">]
    val validate: text: SampleText -> Result<unit, InitError list>

    /// <summary>Draws the first elements of an initializer's tensor or of a model's tensors, or reads those of a file.</summary>
    /// <remarks>Without a pattern, tensors that differ by the numbers in their names alone are represented by the first of them.
    /// Tensors without elements and those whose elements have no values on a line, such as complex ones, are left out.</remarks>
    /// <param name="most">The most elements of one tensor, at least 1.</param>
    /// <param name="text">The request.</param>
    /// <param name="progress">Called with the elements of which the samples are there, and their total.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The samples in the order of the model or file; or <c>argument-missing</c>, <c>argument-invalid</c>,
    /// <c>argument-conflict</c>, <c>tensor-missing</c> for a pattern that no name matches, and the faults of models, recipes,
    /// initializers and files.</returns>
    /// <example><code>TensorSamples.take 65536 { words with Subject = "gpt2"; Tensors = "h.0.*" } (fun _ _ -> ()) CancellationToken.None</code></example>
    [<CompiledName "Take">]
    val take:
        most: int ->
        text: SampleText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<TensorSample list, InitError list>
