namespace Initializers.FSharp

/// <summary>Every way in which the files or memories of a model can fail to be written together, or elements to have a type
/// that only files have.</summary>
[<RequireQualifiedAccess>]
type OutputFault =
    /// <summary>Another run writes files of a model into the folder.</summary>
    /// <remarks>Wait until it ends, or write into another folder.</remarks>
    | FolderInUse of folder: string
    /// <summary>A folder has files of a run that did not end.</summary>
    /// <remarks>Resume the run with the same request, or allow overwriting.</remarks>
    | RunUnfinished of folder: string * files: string list
    /// <summary>A folder has files of another run, which cannot be resumed with this request or finished with these files.</summary>
    /// <remarks>Give the request of that run, allow overwriting, or write into another folder.</remarks>
    | RunDiffers of folder: string * files: string list
    /// <summary>A rank is not one of the ranks of its run, which are counted from 0.</summary>
    /// <remarks>Give a rank from 0 to the number of ranks less 1.</remarks>
    | RankOutside of rank: int64 * world: int64
    /// <summary>A launcher's environment says only one of rank and number of ranks.</summary>
    /// <remarks>Set both variables, or give both numbers.</remarks>
    | RankAlone of present: string * absent: string
    /// <summary>Ranks of a run have not written their parts.</summary>
    /// <remarks>Run these ranks, and finish again.</remarks>
    | RanksMissing of folder: string * world: int64 * ranks: int64 list
    /// <summary>The data of a file are not those that were written.</summary>
    /// <remarks>Write them again, and look for a defect of disk or memory.</remarks>
    | ChecksumDiffers of file: string * rank: int64 option
    /// <summary>A folder has no parts that ranks wrote, and no whole model.</summary>
    /// <remarks>Give the folder into which the ranks wrote.</remarks>
    | NothingToFinish of folder: string
    /// <summary>Values would pass the largest value of a float8 type.</summary>
    /// <remarks>Give smaller numbers, clip them, or take a type with a larger range, such as float8_e5m2.</remarks>
    | Float8Overflow of reach: float * dtype: string * largest: float
    /// <summary>A tensor of float8_e8m0fnu, whose values are powers of two, would have 0 or a negative number.</summary>
    /// <remarks>Take a spec of numbers above 0, such as ones or uniform(low=0.5, high=2).</remarks>
    | Float8NotPositive of value: float * dtype: string
    /// <summary>A tensor of a checkpoint has another shape than the architecture gives it.</summary>
    /// <remarks>Take the architecture of the checkpoint, or remove the tensor from the checkpoint, so that it is made.</remarks>
    | CheckpointShape of tensor: string * found: int64 list * expected: int64 list
    /// <summary>A checkpoint has tensors that the architecture lacks.</summary>
    /// <remarks>Say whether they are kept or dropped, or take the architecture of the checkpoint.</remarks>
    | CheckpointExtra of checkpoint: string * tensors: string list
    /// <summary>A checkpoint has every tensor of the architecture.</summary>
    /// <remarks>The checkpoint is complete: use it, or take the architecture that has the new tensors.</remarks>
    | NothingMissing of checkpoint: string
    /// <summary>The name of a tensor cannot be that of a file in an archive.</summary>
    /// <remarks>Write the weights as .safetensors, or rename the tensor.</remarks>
    | NameUnsafe of name: string * format: string * reason: string
    /// <summary>The format has no elements of this type.</summary>
    /// <remarks>Use a format that has it; the message lists some.</remarks>
    | TypeUnsupported of format: string * storage: string * have: string list
    /// <summary>An ONNX model is to be written, and none was given whose weights are replaced.</summary>
    /// <remarks>Give the .onnx file of the model in the place of the blueprint, with a recipe.</remarks>
    | OnnxWithoutModel of path: string * source: string
    /// <summary>A tensor has another name, shape or type than in the ONNX model whose weights are replaced.</summary>
    /// <remarks>Give no dtype: a graph's operators fix the types. Other tensors need another model.</remarks>
    | OnnxTensorDiffers of name: string * reason: string
    /// <summary>An ONNX model would have more bytes than a message of protocol buffers may have.</summary>
    /// <remarks>Save the model with external data first; its new weights are then external, too.</remarks>
    | OnnxTooLarge of path: string * bytes: int64
    /// <summary>A tensor of a model has no memory to be filled.</summary>
    /// <remarks>Give the memory of each tensor under its name.</remarks>
    | MemoryMissing of tensor: string
    /// <summary>A memory has a name that no tensor of the model has.</summary>
    /// <remarks>Give memories under the names of the model's tensors.</remarks>
    | MemoryUnknown of name: string
    /// <summary>A tensor's memory holds other elements than the model lists.</summary>
    /// <remarks>Give memory of the model's element type, or bytes.</remarks>
    | MemoryType of tensor: string * given: string * storage: string
