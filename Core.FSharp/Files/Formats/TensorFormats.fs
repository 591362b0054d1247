namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// The formats of tensor files, recognised by their first bytes, and ONNX and TorchSharp's by their names.
[<RequireQualifiedAccess>]
type internal TensorFormat =
    | Safetensors
    | Npy
    | Onnx
    | Zip
    | TorchSharp
    /// A format that is known and not read, with what to do.
    | Unread of kind: string * remedy: string

[<RequireQualifiedAccess>]
module internal TensorFormats =
    /// Two asterisks are escaped, as operators of F# they are nowhere in the sources.
    let private keras =
        "in Python, load the model with Keras and run: numpy.savez(\"weights.npz\", \u002A\u002A{w.path: w.numpy() for w in model.weights})."

    let private starts (start: byte[]) (first: byte list) =
        start.Length >= first.Length && List.ofArray start[.. first.Length - 1] = first

    /// A header of at most 100,000,000 bytes, of whose length the last four bytes are 0, and which is an object. The lengths of some
    /// headers begin as other formats do.
    let private isSafetensors (start: byte[]) =
        start.Length > 8 && start[8] = byte '{' && Array.forall ((=) 0uy) start[4..7]

    /// The format of a file by its name and its first bytes.
    let ofStart (source: string) (start: byte[]) : TensorFormat =
        if OnnxReader.isName source then
            TensorFormat.Onnx
        elif isSafetensors start then
            TensorFormat.Safetensors
        elif NpyReader.isNpy (ReadOnlyMemory start) then
            TensorFormat.Npy
        elif ZipReader.isZip start then
            TensorFormat.Zip
        elif starts start [ 0x89uy; byte 'H'; byte 'D'; byte 'F' ] then
            TensorFormat.Unread("an HDF5 file (Keras's .h5)", keras)
        elif
            starts start [ 0x80uy ]
            && start.Length > 1
            && start[1] >= 2uy
            && start[1] <= 5uy
            && FileKinds.ofStart start <> None
        then
            TensorFormat.Unread(
                "a Python pickle, as PyTorch before 1.6 wrote them",
                "load it with torch.load, and save its state_dict with torch.save or as safetensors."
            )
        elif TorchSharpReader.isName source then
            TensorFormat.TorchSharp
        else
            TensorFormat.Safetensors

    /// The name of a file's one array, which has none.
    let private stem (source: string) =
        match Path.GetFileNameWithoutExtension source with
        | NonNull name -> name
        | _ -> source

    let private zip (source: string) (stream: Stream) : Result<TensorFile, InitError list> =
        ZipReader.entries stream
        |> Result.bind (fun items ->
            if TorchReader.isTorch items then
                TorchReader.read (stem source) stream items
            elif NpzReader.isNpz items then
                NpzReader.read stream items
            elif items.IsEmpty then
                Error [ InitError.TensorsMissing source ]
            elif
                items
                |> List.exists (fun item -> item.Name.EndsWith(".h5", StringComparison.Ordinal))
            then
                Error [ InitError.Format(FormatFault.NotRead("a Keras model (a zip archive)", keras)) ]
            else
                Error
                    [ InitError.Format(
                          FormatFault.NotRead(
                              "a zip archive without NumPy's arrays or a PyTorch checkpoint",
                              "give the file that numpy.savez or torch.save wrote."
                          )
                      ) ])
        |> Result.bind (fun file ->
            Validation.ofFaults
                (if file.Tensors.IsEmpty then
                     [ InitError.TensorsMissing source ]
                 else
                     ElementPlaces.faults stream.Length file.Tensors)
                file)

    let private npy (source: string) (stream: Stream) : Result<TensorFile, InitError list> =
        NpyReader.located (stem source) stream
        |> Result.map (fun (header, isColumnMajor) ->
            let file = ElementPlaces.ofHeader stream.Position header

            if not isColumnMajor then
                file
            else
                { file with
                    Tensors =
                        file.Tensors
                        |> List.map (fun located ->
                            let dims = located.Tensor.Shape.Dims

                            { located with
                                Place.Strides = ElementPlaces.strides dims (ElementPlaces.columnMajor dims) }) })

    let private inPlace (stream: Stream) (header: Result<FileHeader, InitError list>) =
        header |> Result.map (ElementPlaces.ofHeader stream.Position)

    /// The tensors of a file, from a stream that can seek and is at its start.
    let read (source: string) (stream: Stream) : Result<TensorFile, InitError list> =
        let first = stream.Position
        let start = HeaderBytes.read stream FileKinds.StartLength
        stream.Position <- first

        match ofStart source start with
        | TensorFormat.Onnx -> OnnxReader.header source stream |> inPlace stream
        | TensorFormat.Npy -> npy source stream
        | TensorFormat.Zip -> zip source stream
        | TensorFormat.TorchSharp -> TorchSharpReader.header stream |> inPlace stream
        | TensorFormat.Unread(kind, remedy) -> Error [ InitError.Format(FormatFault.NotRead(kind, remedy)) ]
        | TensorFormat.Safetensors -> SafetensorsReader.header stream |> inPlace stream

    /// What a file says of its tensors, without their places.
    let header (source: string) (stream: Stream) : Result<FileHeader, InitError list> =
        read source stream
        |> Result.map (fun file ->
            { Format = file.Format
              Metadata = file.Metadata
              Tensors = file.Tensors |> List.map _.Tensor
              DataStart = 0L
              BigEndian = false })
