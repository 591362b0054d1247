namespace Initializers.Files

open System
open System.IO
open Initializers
open Initializers.FSharp

/// What the files of a model are made of: their headers, their pieces and the faults of both.
module internal ModelParts =
    /// Wider dtypes first, so that every tensor is aligned to its elements; otherwise in the model's order.
    let inOrder (tensors: PlannedTensor list) =
        tensors |> List.sortBy (fun t -> -(Storage.size t.Entry.Storage))

    /// Whether a file has the tensor's elements under its name: a tied one is named in the metadata only, unless it is copied.
    let isStored (tensor: PlannedTensor) =
        match tensor.Tie with
        | Some tie -> tie.IsCopied
        | None -> true

    let stored (tensors: PlannedTensor list) = List.filter isStored tensors

    let bytesOf (tensors: PlannedTensor list) =
        (0L, stored tensors)
        ||> List.fold (fun total t ->
            let bytes = Math.BigMul(t.Entry.Shape.Length, int64 (Storage.size t.Entry.Storage))

            if Int128.op_Implicit total + bytes > Int128.op_Implicit Int64.MaxValue then
                Int64.MaxValue
            else
                total + Int128.op_Explicit bytes)

    /// Faults of names, in formats with names: one that the format reserves, one that is not Unicode.
    let nameFaults (format: string) (names: string list) =
        names
        |> List.collect (fun name ->
            Validation.check
                (InitError.NameReserved(name, ".safetensors"))
                (format <> ".safetensors" || name <> "__metadata__")
            @ Validation.check (InitError.NameMalformed name) (Names.isUnicode name))

    /// The stream of a tensor of a model: that of its name, or of the tensor that it is tied to.
    let streamOf (seed: Seed) (tensor: PlannedTensor) =
        match tensor.Tie with
        | Some tie -> Seed.child tie.Target seed
        | None -> Seed.child tensor.Entry.Name seed

    /// All of a tensor of a model.
    let pieceOf (seed: Seed) (tensor: PlannedTensor) : Piece =
        { Source = Source.OfContent(tensor.Content, tensor.Entry.Storage, seed)
          Offset = 0L
          Count = tensor.Entry.Shape.Length }

    /// Faults of tensors as those of a file: their names in its format, and the memory that they take.
    let faultsOfTensorsIn (format: string) (tensors: PlannedTensor list) =
        nameFaults format (tensors |> List.map _.Entry.Name)
        @ (stored tensors
           |> List.collect (fun t ->
               ElementStream.faults (pieceOf (Seed.ofUInt64 0UL) t)
               |> List.map (fun fault -> InitError.InTensor(t.Entry.Name, fault))))

    let faultsOfTensors = faultsOfTensorsIn ".safetensors"

    /// The stored tensors of a file, in their order.
    let piecesOf (seed: Seed) (tensors: PlannedTensor list) : Piece seq =
        stored tensors |> Seq.map (fun t -> pieceOf (streamOf seed t) t)

    /// The header of a file with these tensors, in their order.
    let headerOf seed more (tensors: PlannedTensor list) =
        let ties =
            tensors
            |> List.choose (fun t -> t.Tie |> Option.map (fun tie -> t.Entry.Name, tie.Target))

        let stored = stored tensors

        stored
        |> List.map (fun t -> t.Entry.Name, t.Entry.Storage, t.Entry.Shape)
        |> Safetensors.header (
            Provenance.model seed (stored |> List.map (fun t -> t.Entry.Name, t.Spec, t.Rule.Fan))
            @ Provenance.ties ties
            @ more
        )
