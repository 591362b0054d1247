namespace Initializers.FSharp

/// <summary>Every way in which the files of a model's architecture can be wrong together.</summary>
[<RequireQualifiedAccess>]
type ArchitectureFault =
    /// <summary>A file of a known kind does not list tensors.</summary>
    /// <remarks>Give the model's .safetensors file, the index or folder of several, or JSON of its tensors.</remarks>
    | NotArchitecture of source: string * kind: string
    /// <summary>Shards of a model are not in its folder, and with them the shapes of their tensors.</summary>
    /// <remarks>Put them there; the header of each, its first bytes, is enough.</remarks>
    | ShardsMissing of source: string * absent: string list
    /// <summary>An index names a shard outside of its folder.</summary>
    /// <remarks>Name files in the folder of the index.</remarks>
    | ShardOutside of source: string * shard: string
    /// <summary>A shard lacks a tensor that the index gives to it.</summary>
    /// <remarks>Take index and shards of the same release of the model.</remarks>
    | TensorNotInShard of tensor: string * shard: string
    /// <summary>A shard has a tensor that the index does not name.</summary>
    /// <remarks>Take index and shards of the same release of the model.</remarks>
    | TensorNotInIndex of tensor: string * shard: string
    /// <summary>A shard has a tensor that the index gives to another shard.</summary>
    /// <remarks>Take index and shards of the same release of the model.</remarks>
    | TensorInOtherShard of tensor: string * shard: string * given: string
    /// <summary>Shards of one model were written with different seeds.</summary>
    /// <remarks>Write all shards again in one run.</remarks>
    | ShardsMixed of shard: string * seed: string * other: string * otherSeed: string
    /// <summary>A folder has the files of several models.</summary>
    /// <remarks>Give one of the files that the message lists.</remarks>
    | FolderAmbiguous of path: string * models: string list
    /// <summary>A folder has no file that lists a model's tensors.</summary>
    /// <remarks>Give the folder of a .safetensors file or of an index with its shards, or a blueprint.</remarks>
    | FolderWithoutModel of path: string * present: string list
    /// <summary>The variables of a layer's class are not known.</summary>
    /// <remarks>Give the model's weights as a .safetensors file, or list its tensors in a blueprint.</remarks>
    | LayerUnknown of source: string * layer: string * kind: string
    /// <summary>A Keras model's file lacks the shape of a layer's inputs.</summary>
    /// <remarks>Call model.build(…) before model.to_json(), or give the model an Input.</remarks>
    | LayerShapeUnknown of source: string * layer: string * kind: string
    /// <summary>A tensor is tied to one that the model lacks.</summary>
    /// <remarks>Name a tensor of the model under "tie", or remove the tie.</remarks>
    | TieTargetMissing of tensor: string * target: string
    /// <summary>Two tied tensors differ in shape or dtype.</summary>
    /// <remarks>Give both tensors the same shape and dtype, or remove the tie.</remarks>
    | TieMismatch of tensor: string * found: string * target: string * expected: string
    /// <summary>Ties lead from a tensor to itself.</summary>
    /// <remarks>Tie all of these tensors to one that is not tied.</remarks>
    | TieCircular of names: string list
    /// <summary>A tie of a blueprint meets no tensor.</summary>
    /// <remarks>Correct the name or pattern of the tie, or remove it.</remarks>
    | TieUnused of pattern: string
    /// <summary>A file is not an ONNX model, or is damaged.</summary>
    /// <remarks>Export the model again; the message says where the file stops to be one.</remarks>
    | OnnxMalformed of source: string * reason: string
    /// <summary>An ONNX graph has no initializer of a float type.</summary>
    /// <remarks>Export the model with its parameters (PyTorch: export_params=True); those of Constant nodes are no initializers.</remarks>
    | OnnxWithoutInitializers of source: string
    /// <summary>An ONNX model is quantized: its scales were computed from trained weights.</summary>
    /// <remarks>Initialize the float model, and quantize it after training.</remarks>
    | OnnxQuantized of source: string * what: string
    /// <summary>The elements of an ONNX initializer are not raw data of the model's file, which alone are inspected.</summary>
    /// <remarks>Give a model without external data, such as one that init wrote.</remarks>
    | OnnxDataElsewhere of source: string * tensor: string
