namespace Initializers.FSharp

open System.Threading

/// <summary>The words of a request to examine a file, as given on a command line; null if absent.</summary>
type DoctorText =
    {
        /// A safetensors, npy, npz, PyTorch, TorchSharp or ONNX file of any program, or the index or the folder of a model in several files.
        File: string | null
        /// The recipe that the tensors are to follow, by its name or the file's path.
        Recipe: string | null
        /// An earlier file, from which the file is to descend.
        Against: string | null
        /// The probability, at most, that a right file has a fault, above 0 and below 1; 1e-6 by default.
        FalseAlarmRate: string | null
        /// A file for a report that the caller writes, with savePage.
        Page: string | null
        /// Whether an existing page is replaced.
        Overwrite: bool
    }

/// <summary>Examines files of tensors from any framework for weights that were initialized wrongly.</summary>
/// <remarks>Each file is read once, in bounded memory except for a sketch of 64 bytes for each row, page and window of 513
/// elements. Comparisons between tensors sort the sketches.</remarks>
[<RequireQualifiedAccess>]
module Doctor =
    /// <summary>The probability, at most, that a right file has a fault: 1e-6.</summary>
    [<CompiledName "DefaultFalseAlarmRate">]
    val defaultFalseAlarmRate: float

    /// <summary>Returns every fault of a request that can be found before any work.</summary>
    /// <returns>Faults of the paths like those of <c>Inspection.validate</c>, of the recipe, and <c>argument-invalid</c> for a
    /// rate.</returns>
    [<CompiledName "Validate">]
    val validate: text: DoctorText -> Result<unit, InitError list>

    /// <summary>Examines a file.</summary>
    /// <remarks><para>Without a recipe, it finds tensors that were never written, constant matrices, values that are not finite,
    /// clipped or of low precision, equal, scaled and shifted copies of rows, pages and tensors, and buffers that are not what
    /// their names say; and it guesses the recipe. With a recipe, each tensor is compared with the distribution that its rule
    /// promises (<c>Distribution.check</c>), and computed ones number by number.</para>
    /// <para>The false-alarm rate is for the whole file: half of it is divided among the tensors with a rule, and half among 16
    /// structural checks of each tensor. It holds for files whose random elements are independent.</para></remarks>
    /// <param name="text">The request.</param>
    /// <param name="progress">Called with the bytes read and the total bytes.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>The report; or the faults of <c>validate</c>, of malformed files and of a recipe that does not fit.</returns>
    /// <example><code>
    /// let words = { File = "model.safetensors"; Recipe = "gpt2"; Against = null; FalseAlarmRate = null
    ///                   Page = null; Overwrite = false }
    ///
    /// Doctor.examine words (fun _ _ -> ()) CancellationToken.None
    /// |> Result.map (fun report -> report.Faults |> List.map _.Message)
    /// </code></example>
    [<CompiledName "Examine">]
    val examine:
        text: DoctorText ->
        progress: (int64 -> int64 -> unit) ->
        token: CancellationToken ->
            Result<Diagnosis, InitError list>

    /// <summary>Writes a report's page to the request's path; the file is whole or absent.</summary>
    /// <returns><c>file-exists</c>, <c>file-unwritable</c>, <c>output-is-input</c>, or <c>argument-missing</c> without a
    /// path.</returns>
    [<CompiledName "SavePage">]
    val savePage: text: DoctorText -> html: string -> Result<unit, InitError list>

    /// <summary>Returns the fault <c>faults-found</c> if the report has faults. Notes are no faults.</summary>
    [<CompiledName "Right">]
    val right: diagnosis: Diagnosis -> Result<unit, InitError list>
