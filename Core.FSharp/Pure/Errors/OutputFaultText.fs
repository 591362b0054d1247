namespace Initializers.FSharp

/// Codes and messages of faults of a model's files.
[<RequireQualifiedAccess>]
module internal OutputFaultText =
    let private q = Names.excerpt

    let private files (names: string list) =
        match names with
        | [ name ] -> $"'{q name}'"
        | names -> $"'{q names.Head}' and {names.Length - 1} more"

    /// Numbers in order, runs of them as first to last: 1, 3 to 5.
    let private numbers (all: int64 list) =
        let runs =
            ([], all)
            ||> List.fold (fun runs n ->
                match runs with
                | (first, last) :: rest when last + 1L = n -> (first, n) :: rest
                | _ -> (n, n) :: runs)
            |> List.rev

        let text =
            runs
            |> List.truncate 10
            |> List.map (fun (first, last) ->
                if first = last then string first
                elif first + 1L = last then $"{first}, {last}"
                else $"{first} to {last}")
            |> String.concat ", "

        if runs.Length > 10 then $"{text} and others" else text

    let private shape (dims: int64 list) = $"[{System.String.Join(',', dims)}]"

    /// The stable code.
    let code (fault: OutputFault) : string =
        match fault with
        | OutputFault.FolderInUse _ -> "folder-in-use"
        | OutputFault.RunUnfinished _ -> "run-unfinished"
        | OutputFault.RunDiffers _ -> "run-differs"
        | OutputFault.RankOutside _ -> "rank-outside-world"
        | OutputFault.RankAlone _ -> "rank-alone"
        | OutputFault.RanksMissing _ -> "ranks-missing"
        | OutputFault.ChecksumDiffers _ -> "checksum-differs"
        | OutputFault.NothingToFinish _ -> "nothing-to-finish"
        | OutputFault.Float8Overflow _ -> "float8-overflow"
        | OutputFault.Float8NotPositive _ -> "float8-not-positive"
        | OutputFault.CheckpointShape _ -> "checkpoint-shape"
        | OutputFault.CheckpointExtra _ -> "checkpoint-extra"
        | OutputFault.NothingMissing _ -> "nothing-missing"
        | OutputFault.NameUnsafe _ -> "name-unsafe"
        | OutputFault.TypeUnsupported _ -> "type-unsupported"
        | OutputFault.OnnxWithoutModel _ -> "onnx-without-model"
        | OutputFault.OnnxTensorDiffers _ -> "onnx-tensor-differs"
        | OutputFault.OnnxTooLarge _ -> "onnx-too-large"
        | OutputFault.MemoryMissing _ -> "memory-missing"
        | OutputFault.MemoryUnknown _ -> "memory-unknown"
        | OutputFault.MemoryType _ -> "memory-type"

    /// One sentence that says what is wrong and what to do.
    let message (fault: OutputFault) : string =
        match fault with
        | OutputFault.FolderInUse folder ->
            $"another run writes into the folder '{folder}'; wait until it ends, or give another folder."
        | OutputFault.RunUnfinished(folder, names) ->
            $"the folder '{folder}' has files of a run that did not end ({files names}); resume it with the same request, or allow overwriting."
        | OutputFault.RunDiffers(folder, names) ->
            $"the folder '{folder}' has files of a run with another seed, other tensors, initializers, shard size or number of ranks ({files names}); give the request of that run, allow overwriting, or give another folder."
        | OutputFault.RankOutside(rank, world) when world < 1L || world > 1_000_000L ->
            $"the number of ranks is {world} and must be from 1 to 1000000 (rank {rank} was given)."
        | OutputFault.RankOutside(rank, world) -> $"the rank is {rank}, and the ranks of {world} are 0 to {world - 1L}."
        | OutputFault.RankAlone(present, absent) ->
            $"the environment has {present} and no {absent}; set both, or give rank and number of ranks."
        | OutputFault.RanksMissing(folder, world, ranks) ->
            let which = if ranks.Length = 1 then "rank" else "ranks"

            $"the folder '{folder}' lacks the parts of {which} {numbers ranks} of {world} (ranks count from 0); run what is missing, and finish again."
        | OutputFault.ChecksumDiffers(file, Some rank) ->
            $"the data of rank {rank} in '{q file}' are not those that it wrote; run this rank again, and finish again."
        | OutputFault.ChecksumDiffers(file, None) ->
            $"the data of '{q file}' are not those of its checksum; write the model again."
        | OutputFault.NothingToFinish folder ->
            $"the folder '{folder}' has no parts of ranks, and no whole model with checksums; give the folder into which the ranks wrote."
        | OutputFault.Float8Overflow(reach, dtype, largest) ->
            let largest = Names.number largest

            $"numbers go up to {Names.number reach}, and the largest {dtype} is {largest}; give smaller numbers, or clip them to {largest}."
        | OutputFault.Float8NotPositive(value, dtype) ->
            $"numbers go down to {Names.number value}, and those of {dtype} are above 0; give a spec of such numbers, such as ones."
        | OutputFault.CheckpointShape(tensor, found, expected) ->
            $"tensor '{Names.excerpt tensor}' has shape {shape found} in the checkpoint and {shape expected} in the architecture; take the architecture of the checkpoint, or remove the tensor from the checkpoint, so that it is made."
        | OutputFault.CheckpointExtra(checkpoint, tensors) ->
            let shown =
                tensors |> List.truncate 5 |> List.map (fun name -> $"'{Names.excerpt name}'")

            let more = tensors.Length - shown.Length
            let list = String.concat ", " shown + (if more > 0 then $" and {more} more" else "")

            $"{checkpoint} has tensors that the architecture lacks: {list}; say whether they are kept or dropped (extra), or take the architecture of the checkpoint."
        | OutputFault.NothingMissing checkpoint ->
            $"{checkpoint} has every tensor of the architecture, so there is nothing to make; use it, or take the architecture that has the new tensors."
        | OutputFault.NameUnsafe(name, format, reason) ->
            $"'{Names.excerpt name}' cannot be a name in {format}: {reason}; write .safetensors, or rename the tensor."
        | OutputFault.TypeUnsupported(format, storage, have) ->
            $"{format} has no elements of {storage}; formats that have them are {Names.list have}."
        | OutputFault.OnnxWithoutModel(path, source) ->
            $"'{path}' is to be an ONNX model, and '{Names.excerpt source}' is not a model whose weights can be replaced; give the model's .onnx file and a recipe, or write another format."
        | OutputFault.OnnxTensorDiffers(name, reason) ->
            $"'{Names.excerpt name}' cannot replace an initializer: {reason}; give the model's own tensors, in their shapes and types."
        | OutputFault.OnnxTooLarge(path, bytes) ->
            $"'{path}' would have {bytes} bytes, and a model in one file has at most 2147483647; save the given model with external data first (onnx.save_model with save_as_external_data=True)."
        | OutputFault.MemoryMissing tensor ->
            $"tensor '{Names.excerpt tensor}' has no memory; give the memory of each tensor of the model under its name."
        | OutputFault.MemoryUnknown name ->
            $"no tensor of the model is named '{Names.excerpt name}', whose memory was given."
        | OutputFault.MemoryType(tensor, given, storage) ->
            $"tensor '{Names.excerpt tensor}' has elements of {storage}, and its memory has elements of type {given}; give memory of that type, or bytes."
