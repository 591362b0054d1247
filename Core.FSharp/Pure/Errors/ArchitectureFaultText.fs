namespace Initializers.FSharp

/// Codes and messages of faults of architectures.
[<RequireQualifiedAccess>]
module internal ArchitectureFaultText =
    let private q = Names.excerpt

    let private files (names: string list) =
        let shown = names |> List.truncate 5 |> List.map (fun name -> $"'{q name}'")
        let more = names.Length - shown.Length
        String.concat ", " shown + (if more > 0 then $" and {more} more" else "")

    /// The stable code.
    let code (fault: ArchitectureFault) : string =
        match fault with
        | ArchitectureFault.NotArchitecture _ -> "not-an-architecture"
        | ArchitectureFault.ShardsMissing _ -> "shards-missing"
        | ArchitectureFault.ShardOutside _ -> "shard-outside-folder"
        | ArchitectureFault.TensorNotInShard _ -> "tensor-not-in-shard"
        | ArchitectureFault.TensorNotInIndex _ -> "tensor-not-in-index"
        | ArchitectureFault.TensorInOtherShard _ -> "tensor-in-other-shard"
        | ArchitectureFault.ShardsMixed _ -> "shards-mixed"
        | ArchitectureFault.FolderAmbiguous _ -> "folder-ambiguous"
        | ArchitectureFault.FolderWithoutModel _ -> "folder-without-model"
        | ArchitectureFault.LayerUnknown _ -> "layer-unknown"
        | ArchitectureFault.LayerShapeUnknown _ -> "layer-shape-unknown"
        | ArchitectureFault.TieTargetMissing _ -> "tie-target-missing"
        | ArchitectureFault.TieMismatch _ -> "tie-mismatch"
        | ArchitectureFault.TieCircular _ -> "tie-circular"
        | ArchitectureFault.TieUnused _ -> "tie-unused"
        | ArchitectureFault.OnnxMalformed _ -> "onnx-malformed"
        | ArchitectureFault.OnnxWithoutInitializers _ -> "onnx-without-initializers"
        | ArchitectureFault.OnnxQuantized _ -> "onnx-quantized"
        | ArchitectureFault.OnnxDataElsewhere _ -> "onnx-data-elsewhere"

    /// One sentence that says what is wrong and what to do.
    let message (fault: ArchitectureFault) : string =
        match fault with
        | ArchitectureFault.NotArchitecture(source, kind) ->
            let reason =
                if kind.Contains " which " || kind.Contains " whose " then
                    ""
                else
                    ", which is not read here"

            $"{source} is {kind}{reason}; give the model's .safetensors file, the index or folder of several, or JSON of name -> dtype, shape."
        | ArchitectureFault.ShardsMissing(source, [ absent ]) ->
            $"{source}: the shard '{q absent}' is not in its folder; put it there (the header is enough for an architecture)."
        | ArchitectureFault.ShardsMissing(source, absent) ->
            $"{source}: shards are not in its folder: {files absent}; put them there (the headers are enough for an architecture)."
        | ArchitectureFault.ShardOutside(source, shard) ->
            $"{source}: the shard '{q shard}' is not a file in the folder of the index; name files of this folder."
        | ArchitectureFault.TensorNotInShard(tensor, shard) ->
            $"'{q shard}' lacks tensor '{q tensor}', which the index gives to it; take index and shards of the same model."
        | ArchitectureFault.TensorNotInIndex(tensor, shard) ->
            $"'{q shard}' has tensor '{q tensor}', which the index does not name; take index and shards of the same model."
        | ArchitectureFault.TensorInOtherShard(tensor, shard, given) ->
            $"'{q shard}' has tensor '{q tensor}', which the index gives to '{q given}'; take index and shards of the same model."
        | ArchitectureFault.ShardsMixed(shard, seed, other, otherSeed) ->
            $"'{q shard}' is of seed {seed} and '{q other}' of seed {otherSeed}: they are shards of different runs; write all shards again in one run."
        | ArchitectureFault.FolderAmbiguous(path, models) ->
            $"the folder '{path}' has the files of {models.Length} models; give one of {files models}."
        | ArchitectureFault.FolderWithoutModel(path, []) ->
            $"the folder '{path}' is empty; give the folder of a .safetensors file or of an index with its shards, or a blueprint."
        | ArchitectureFault.FolderWithoutModel(path, present) ->
            $"the folder '{path}' has no .safetensors file and no index of such files, but {files present}; give a .safetensors file, an index with its shards, or a blueprint."
        | ArchitectureFault.LayerUnknown(source, layer, kind) ->
            $"{source}: the layer '{q layer}' is a {q kind}, whose variables are not known here; give the model's weights as a .safetensors file, or list its tensors in a blueprint."
        | ArchitectureFault.LayerShapeUnknown(source, layer, kind) ->
            $"{source}: the shape of the inputs of the layer '{q layer}' ({q kind}) is not in the file; call model.build(input_shape) before model.to_json()."
        | ArchitectureFault.TieTargetMissing(tensor, target) ->
            $"tensor '{q tensor}' is tied to '{q target}', which the model lacks; name a tensor of the model under \"tie\", or remove the tie."
        | ArchitectureFault.TieMismatch(tensor, found, target, expected) ->
            $"tensor '{q tensor}' ({found}) is tied to '{q target}' ({expected}); tied tensors have one shape and dtype."
        | ArchitectureFault.TieCircular [ name; _ ] ->
            $"tensor '{q name}' is tied to itself; tie it to another tensor, or remove the tie."
        | ArchitectureFault.TieCircular names ->
            let path = names |> List.map (fun name -> $"'{q name}'") |> String.concat " -> "
            $"ties lead from a tensor to itself: {path}; tie all of them to one that is not tied."
        | ArchitectureFault.TieUnused pattern ->
            $"the tie '{q pattern}' meets no tensor; correct the name, or remove the tie."
        | ArchitectureFault.OnnxMalformed(source, reason) -> $"{source} cannot be read as an ONNX model: {reason}"
        | ArchitectureFault.OnnxWithoutInitializers source ->
            $"{source}: the graph has no initializer of a float type; export the model with its parameters as initializers."
        | ArchitectureFault.OnnxQuantized(source, what) ->
            $"{source}: the model is quantized ({what}), and its scales belong to trained weights; initialize the float model and quantize it after training."
        | ArchitectureFault.OnnxDataElsewhere(source, tensor) ->
            $"{source}: the elements of '{q tensor}' are not raw data of this file, which alone are inspected and verified; give every float initializer a rule and write the weights as .safetensors, too."
