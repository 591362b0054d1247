namespace Initializers.FSharp

open System
open System.Text

/// Files of models that list no tensors which can be read here, recognised by their first bytes, by the keys of their
/// JSON or, for want of both, by their names. The names of kinds are those of messages.
module internal FileKinds =
    let private bytes (text: string) = Encoding.Latin1.GetBytes text

    /// A kind that is read, unlike the others.
    [<Literal>]
    let Onnx = "an ONNX model"

    /// How many bytes `ofStart` looks at.
    [<Literal>]
    let StartLength = 264

    let private starts =
        [ bytes "PK\003\004", "a zip archive (PyTorch's .pt, Keras's .keras, NumPy's .npz)"
          bytes "PK\005\006", "an empty zip archive"
          // The pickled number that PyTorch's format before zip begins with.
          [| 0x80uy; 2uy; 0x8Auy; 0x0Auy; 0x6Cuy; 0xFCuy; 0x9Cuy; 0x46uy |], "a PyTorch checkpoint (a Python pickle)"
          [| 0x80uy; 2uy |], "a Python pickle (PyTorch's .pt and .bin)"
          [| 0x80uy; 3uy |], "a Python pickle"
          [| 0x80uy; 4uy |], "a Python pickle"
          [| 0x80uy; 5uy |], "a Python pickle"
          [| 0x89uy; byte 'H'; byte 'D'; byte 'F' |], "an HDF5 file (Keras's .h5)"
          bytes "GGUF", "a GGUF file (llama.cpp)"
          bytes "tjgg", "a GGML file (llama.cpp)"
          bytes "lmgg", "a GGML file (llama.cpp)"
          [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |],
          "a NumPy file of one array without a name (.npy)"
          [| 0x1Fuy; 0x8Buy |], "a gzip file"
          bytes "BZh", "a bzip2 file"
          [| 0x28uy; 0xB5uy; 0x2Fuy; 0xFDuy |], "a zstd file"
          [| 0xFDuy; byte '7'; byte 'z'; byte 'X'; byte 'Z' |], "an xz file"
          bytes "version https://git-lfs", "a Git LFS pointer, whose file was not fetched"
          bytes "version ", "a Git LFS pointer, whose file was not fetched"
          bytes "model_checkpoint_path", "the list of a TensorFlow checkpoint, which names other files"
          bytes "<!DOCTYPE", "an HTML page"
          bytes "<!doctype", "an HTML page"
          bytes "<html", "an HTML page"
          // Protocol buffers: the version, then a field of bytes.
          [| 8uy; 1uy; 0x12uy |], "a TensorFlow SavedModel" ]

    /// The kinds of zip archives, by the name of their first file.
    let private archive (start: byte[]) =
        let name =
            if start.Length > 30 then
                Encoding.Latin1.GetString(start, 30, min (int start[26]) (start.Length - 30))
            else
                ""

        if
            name.EndsWith("data.pkl", StringComparison.Ordinal)
            || name.EndsWith(".format_version", StringComparison.Ordinal)
        then
            "a PyTorch checkpoint (a zip archive)"
        elif
            name = "metadata.json"
            || name = "config.json"
            || name.EndsWith(".weights.h5", StringComparison.Ordinal)
        then
            "a Keras model (a zip archive)"
        elif name.EndsWith(".npy", StringComparison.Ordinal) then
            "NumPy's .npz (a zip archive)"
        else
            "a zip archive (PyTorch's .pt, Keras's .keras, NumPy's .npz)"

    let private isOnnx (start: byte[]) =
        // ir_version 3 or more, then producer_name or another field of the model.
        start.Length >= 3
        && start[0] = 8uy
        && start[1] >= 2uy
        && start[1] < 64uy
        && List.contains start[2] [ 0x12uy; 0x1Auy; 0x22uy; 0x28uy; 0x32uy; 0x3Auy; 0x42uy; 0x72uy ]

    let private isMessagePack (start: byte[]) =
        // A map whose first key is a text.
        start.Length >= 2
        && ((start[0] > 0x80uy && start[0] <= 0x8Fuy)
            && (start[1] >= 0xA1uy && start[1] <= 0xBFuy || start[1] = 0xD9uy))

    /// What a file is, by its first bytes; None for JSON, safetensors and what is not known.
    let ofStart (start: byte[]) : string option =
        let isTensorFlowLite =
            start.Length >= 8 && Encoding.Latin1.GetString(start, 4, 4) = "TFL3"

        let isTar =
            start.Length >= 262 && Encoding.Latin1.GetString(start, 257, 5) = "ustar"

        match
            starts
            |> List.tryFind (fun (first, _) -> ReadOnlySpan(start).StartsWith(ReadOnlySpan first))
        with
        | Some(first, _) when first[0] = byte 'P' && first[2] = 3uy && start.Length > 30 -> Some(archive start)
        | Some(_, kind) -> Some kind
        | None when isTensorFlowLite -> Some "a TensorFlow Lite model"
        | None when isTar -> Some "a tar archive"
        | None when isOnnx start -> Some Onnx
        | None when isMessagePack start -> Some "a MessagePack file (Flax)"
        | None -> None

    /// What a file that is neither JSON nor of known bytes is by its name.
    let ofName (path: string) : string option =
        [ ".pth", "a PyTorch checkpoint, by its name"
          ".pt", "a PyTorch checkpoint, by its name"
          ".bin", "a binary file, by its name"
          ".ckpt", "a checkpoint, by its name"
          ".index", "the index of a TensorFlow checkpoint, by its name"
          ".h5", "a Keras model, by its name"
          ".hdf5", "an HDF5 file, by its name"
          ".keras", "a Keras model, by its name"
          ".gguf", "a GGUF file, by its name"
          ".tflite", "a TensorFlow Lite model, by its name"
          ".pb", "a TensorFlow model, by its name"
          ".msgpack", "a Flax checkpoint, by its name"
          ".pkl", "a Python pickle, by its name"
          ".npz", "NumPy's .npz, by its name"
          ".pdparams", "a PaddlePaddle checkpoint, by its name"
          ".mlmodel", "a Core ML model, by its name"
          ".yaml", "a YAML file, by its name"
          ".yml", "a YAML file, by its name"
          ".py", "a Python program, by its name" ]
        |> List.tryPick (fun (ending, kind) ->
            if path.EndsWith(ending, StringComparison.OrdinalIgnoreCase) then
                Some kind
            else
                None)
        |> Option.orElse (
            if path.Contains(".data-0", StringComparison.Ordinal) then
                Some "a part of a TensorFlow checkpoint, by its name"
            else
                None
        )

    /// What a JSON object is, by its keys and, of those that are texts, their values.
    let ofKeys (text: string -> string option) (has: string -> bool) : string option =
        let isKeras =
            has "config"
            && (has "keras_version"
                || has "backend"
                || has "registered_name"
                || List.contains (text "class_name") [ Some "Sequential"; Some "Functional"; Some "Model" ])

        if has "peft_type" || has "base_model_name_or_path" then
            Some "an adapter_config.json of PEFT, which lists no tensors"
        elif
            has "image_processor_type"
            || has "feature_extractor_type"
            || has "processor_class"
        then
            Some "a configuration of a processor of transformers, which lists no tensors"
        elif has "log_history" && has "global_step" then
            Some "a training state of transformers, which lists no tensors"
        elif has "_diffusers_version" then
            Some "a configuration of diffusers, which lists no tensors"
        elif has "tokenizer_class" || (has "added_tokens" && has "model") then
            Some "a configuration of a tokenizer, which lists no tensors"
        elif has "model_type" || has "architectures" then
            Some "a config.json of transformers, which lists no tensors"
        elif has "transformers_version" then
            Some "a configuration of transformers, which lists no tensors"
        elif has "modelTopology" || has "weightsManifest" then
            Some "a model.json of TensorFlow.js, which names other files"
        elif isKeras then
            Some "a Keras model as JSON whose class is a user's, which lists no layers"
        else
            None
