namespace Initializers.Files

open System
open System.IO
open Initializers
open Initializers.FSharp
open Initializers.Kernels

/// The formats of a model in one file: what each cannot hold, and its bytes.
module internal ModelFormats =
    open ModelParts

    /// The endings of files that are written from the tensors alone.
    let known = [ ".safetensors"; ".npz"; ".dat" ]

    /// Elements of a type that a format lacks.
    let private typeFault format (has: Storage -> bool) (have: string list) (entry: TensorEntry) =
        if has entry.Storage then
            []
        else
            let fault =
                match entry.Storage with
                | Storage.Float dtype -> InitError.DTypeUnsupported(format, dtype, have)
                | Storage.Float8 _ ->
                    InitError.Output(
                        OutputFault.TypeUnsupported(format, Storage.toText entry.Storage, [ ".safetensors" ])
                    )
                | Storage.Integer _ ->
                    InitError.Output(OutputFault.TypeUnsupported(format, Storage.toText entry.Storage, have))

            [ InitError.InTensor(entry.Name, fault) ]

    /// What a format cannot hold: names and types.
    let faults (format: string) (tensors: PlannedTensor list) : InitError list =
        let entries = tensors |> List.map _.Entry

        match format with
        | ".npz" ->
            let refusal = entries |> List.map _.Name |> Set.ofList |> Npz.Refusal

            entries
            |> List.collect (fun entry ->
                [ match refusal entry.Name with
                  | Some reason -> InitError.Output(OutputFault.NameUnsafe(entry.Name, format, reason))
                  | None -> ()
                  yield! typeFault format Npz.Has [ ".safetensors"; ".dat" ] entry ])
        | ".dat" ->
            entries
            |> List.collect (typeFault format TorchSharpDat.Has [ ".safetensors"; ".npz" ])
        | _ -> []

    /// A model as a format has it: without metadata that name ties, tied tensors are copied.
    let tensorsIn (format: string) (tensors: PlannedTensor list) : PlannedTensor list =
        if format = ".safetensors" then
            tensors
        else
            [ for tensor in tensors ->
                  { tensor with
                      Tie = tensor.Tie |> Option.map (fun tie -> { tie with IsCopied = true }) } ]

    /// Writes the bytes of a model's file. A format whose data are one block has wider dtypes first.
    let write format device (seed: Seed) (tensors: PlannedTensor list) progress token (stream: Stream) =
        let tensors = tensorsIn format tensors
        let total = bytesOf tensors
        let progress written = progress written total

        let framed (frames: TensorFrames) =
            FramedTensors.write device frames (List.ofSeq (piecesOf seed tensors)) progress token

        let entries = [| for tensor in tensors -> tensor.Entry |]

        match format with
        | ".npz" -> framed (Npz(stream, entries))
        | ".dat" -> framed (TorchSharpDat(stream, entries))
        | _ ->
            let tensors = inOrder tensors
            stream.Write(ReadOnlySpan(headerOf seed [] tensors))
            ElementStream.write device stream (piecesOf seed tensors) progress token
