namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.Kernels
open Initializers.Files

[<RequireQualifiedAccess>]
module ModelMemory =
    /// A tensor with its memory.
    [<Struct>]
    type private Target =
        { Tensor: PlannedTensor
          Memory: HostMemory }

    /// What the elements of a memory are, and how many. Strides are for tensors that are drawn, which have a plan.
    let private memoryFaults (plan: Plan option) (entry: TensorEntry) (memory: HostMemory) : InitError list =
        let size = Storage.size entry.Storage

        let isOfType =
            match memory.KnownDType, entry.Storage with
            | _ when memory.Layout.IsSome && plan.IsNone -> false
            | ValueSome dtype, Storage.Float wanted -> dtype = wanted
            | ValueSome _, _ -> false
            | ValueNone, Storage.Float _ -> memory.IsBytes
            | ValueNone, _ -> memory.Layout.IsNone && (memory.ElementSize = size || memory.IsBytes)

        let given =
            match memory.KnownDType with
            | ValueSome dtype -> Names.dtype dtype
            | ValueNone -> memory.Elements.Name

        let given =
            if memory.Layout.IsSome then
                given + " with strides"
            else
                given

        let faultsOfLength () =
            match plan with
            | Some plan when memory.Layout.IsSome ->
                match HostFill.layoutFaults memory entry.Shape.Dims with
                | [] -> HostFill.fillFaults memory plan
                | faults -> faults
            | _ ->
                let size = if memory.IsBytes then int64 size else 1L
                let needed = entry.Shape.Length * size
                Validation.check (InitError.MemoryLength(memory.Length, needed)) (memory.Length = needed)

        if isOfType then
            faultsOfLength ()
            |> List.map (fun fault -> InitError.InTensor(entry.Name, fault))
        else
            [ InitError.Output(OutputFault.MemoryType(entry.Name, given, Storage.toText entry.Storage)) ]

    /// The plan of a tensor whose elements are drawn where they lie.
    let private drawnPlan (tensor: PlannedTensor) : Plan option =
        match tensor.Content, tensor.Entry.Storage with
        | Content.Floats plan, Storage.Float _ -> Some plan
        | _ -> None

    /// Each tensor with its memory, or the faults of names.
    let private targets (memories: (string * HostMemory) seq) (tensors: PlannedTensor list) =
        let memories = Array.ofSeq memories
        let named = Dictionary<string, HostMemory>(StringComparer.Ordinal)

        let twice =
            [ for name, memory in memories do
                  if not (named.TryAdd(name, memory)) then
                      InitError.TensorDuplicate name ]

        let known = HashSet<string>(tensors |> Seq.map _.Entry.Name, StringComparer.Ordinal)

        let unknown =
            [ for name, _ in memories do
                  if not (known.Contains name) then
                      InitError.Output(OutputFault.MemoryUnknown name) ]

        let found =
            tensors
            |> Validation.traverse (fun tensor ->
                match named.TryGetValue tensor.Entry.Name with
                | true, memory -> Ok { Tensor = tensor; Memory = memory }
                | _ -> Error [ InitError.Output(OutputFault.MemoryMissing tensor.Entry.Name) ])

        validation {
            let! () = twice
            and! () = unknown
            and! found = found
            return Array.ofList found
        }

    /// The name whose elements a tensor has.
    let private source (target: Target) =
        match target.Tensor.Tie with
        | Some tie -> tie.Target
        | None -> target.Tensor.Entry.Name

    /// Faults of types, lengths, working memory and of memories that share bytes. Tied tensors may share all of theirs.
    let private faultsAt (targets: Target[]) (addresses: nativeint[]) : InitError list =
        let overlaps =
            MemoryRanges.overlaps (targets |> Array.map _.Memory) addresses
            |> List.filter (fun (first, second) ->
                not (
                    addresses[first] = addresses[second]
                    && source targets[first] = source targets[second]
                ))
            |> List.map (fun (first, second) ->
                InitError.MemoriesOverlap(targets[first].Tensor.Entry.Name, targets[second].Tensor.Entry.Name))

        let own =
            targets
            |> List.ofArray
            |> List.collect (fun target ->
                memoryFaults (drawnPlan target.Tensor) target.Tensor.Entry target.Memory
                @ (ElementStream.faults (ModelParts.pieceOf (Seed.ofUInt64 0UL) target.Tensor)
                   |> List.map (fun fault -> InitError.InTensor(target.Tensor.Entry.Name, fault))))

        own @ overlaps

    /// Fills one tensor whose elements are made and then changed, such as integers.
    let private fillPiece (piece: Piece) (address: nativeint) : Result<unit, InitError list> =
        ElementStream.filler Device.Cpu piece
        |> Result.bind (fun (fill, held) ->
            try
                fill 0L piece.Count address
            finally
                held |> Option.iter _.Dispose())

    /// Fills tensors at their addresses, which have no faults.
    let private fillAt (seed: Seed) (targets: Target[]) (addresses: nativeint[]) : Result<unit, InitError list> =
        let pieces =
            targets
            |> Array.map (fun target -> ModelParts.pieceOf (ModelParts.streamOf seed target.Tensor) target.Tensor)

        // Tied tensors may share their memory.
        let first =
            [| 0 .. targets.Length - 1 |]
            |> Array.distinctBy (fun i -> struct (addresses[i], pieces[i].Count))

        let drawn =
            first
            |> Array.choose (fun i ->
                match pieces[i].Source with
                | Source.Drawn(plan, seed) -> Some(i, plan, seed)
                | _ -> None)

        (Ok(), first |> Array.filter (fun i -> not pieces[i].Source.IsDrawn))
        ||> Array.fold (fun result i -> result |> Result.bind (fun () -> fillPiece pieces[i] addresses[i]))
        |> Result.bind (fun () ->
            let memories = drawn |> Array.map (fun (i, _, _) -> targets[i].Memory)
            let places = drawn |> Array.map (fun (i, _, _) -> addresses[i])
            let plans = drawn |> Array.map (fun (_, plan, _) -> plan)

            Backends.guard Device.Cpu (fun () ->
                HostFill.run memories places plans (fun n ->
                    let _, _, seed = drawn[n]
                    seed)))

    let private pinned (targets: Target[]) work =
        MemoryRanges.pinned (targets |> Array.map _.Memory) work

    [<CompiledName "Faults">]
    let faults (memories: (string * HostMemory) seq) (tensors: PlannedTensor list) : InitError list =
        match targets memories tensors with
        | Error faults -> faults
        | Ok targets -> pinned targets (faultsAt targets)

    [<CompiledName "Fill">]
    let fill (seed: Seed) (memories: (string * HostMemory) seq) (tensors: PlannedTensor list) =
        targets memories tensors
        |> Result.bind (fun targets ->
            pinned targets (fun addresses ->
                match faultsAt targets addresses with
                | [] -> fillAt seed targets addresses
                | faults -> Error faults))
        |> FaultReport.result

    /// Whether memory has the elements that a tensor's plan generates.
    let private isGenerated (scratch: byte[]) (seed: Seed) (tensor: PlannedTensor) (address: nativeint) : bool =
        let hasElements (piece: Piece) =
            match ElementStream.filler Device.Cpu piece with
            | Error _ -> false
            | Ok(fill, held) ->
                use pointer = fixed scratch
                let made = NativePtr.toNativeInt pointer
                let size, ending = int64 piece.Size, piece.Offset + piece.Count

                let rec hasRest first =
                    let count = min (int64 scratch.Length / size) (ending - first)

                    first = ending
                    || (Result.isOk (fill first count made)
                        && ReadOnlySpan((address + nativeint (first * size)).ToPointer(), int (count * size))
                            .SequenceEqual(ReadOnlySpan(scratch, 0, int (count * size)))
                        && hasRest (first + count))

                try
                    hasRest piece.Offset
                finally
                    held |> Option.iter _.Dispose()

        ModelParts.pieceOf (ModelParts.streamOf seed tensor) tensor
        |> ElementStream.split
        |> Seq.forall hasElements

    /// All elements of a memory.
    let private pieceAt (entry: TensorEntry) (address: nativeint) : Piece =
        let size = Storage.size entry.Storage

        let copy: Fill =
            fun offset count target ->
                let from = (address + nativeint (offset * int64 size)).ToPointer()
                Buffer.MemoryCopy(from, target.ToPointer(), count * int64 size, count * int64 size)
                Ok()

        { Source = Source.Given(size, (fun _ -> copy, None))
          Offset = 0L
          Count = entry.Shape.Length }

    /// The tensors in the order of a file, each with its address, and a header that says which of them are as planned.
    let private saveAt seed (planned: Map<string, PlannedTensor>) (saved: (TensorEntry * nativeint) list) =
        let scratch = GC.AllocateUninitializedArray<byte>(FileBuffer.Bytes, true)

        let isAsPlanned (entry: TensorEntry, address) =
            match Map.tryFind entry.Name planned with
            | Some tensor when tensor.Entry = entry -> isGenerated scratch seed tensor address
            | _ -> false

        let saved = saved |> List.sortBy (fun (entry, _) -> -(Storage.size entry.Storage))
        let generated, others = saved |> List.partition isAsPlanned
        let generated = generated |> List.map (fun (entry, _) -> planned[entry.Name])

        let ties =
            generated
            |> List.choose (fun t -> t.Tie |> Option.map (fun tie -> t.Entry.Name, tie.Target))

        let metadata =
            Provenance.changed
                seed
                (generated |> List.map (fun t -> t.Entry.Name, t.Spec, t.Rule.Fan))
                (others |> List.map (fun (entry, _) -> entry.Name))

        let header =
            saved
            |> List.map (fun (entry, _) -> entry.Name, entry.Storage, entry.Shape)
            |> Safetensors.header (metadata @ Provenance.ties ties)

        header, saved |> List.map (fun (entry, address) -> pieceAt entry address)

    [<CompiledName "Save">]
    let save path overwrite seed (memories: (TensorEntry * HostMemory) list) (tensors: PlannedTensor list) token =
        let entries = List.map fst memories
        let names = entries |> List.map _.Name

        let bytes =
            entries
            |> List.sumBy (fun entry -> entry.Shape.Length * int64 (Storage.size entry.Storage))

        let faults =
            Validation.check
                (InitError.FormatUnknown(path, [ ".safetensors" ]))
                (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            @ ModelParts.nameFaults ".safetensors" names
            @ Initialize.faultsOfNames names
            @ List.collect (fun (entry, memory) -> memoryFaults None entry memory) memories
            @ AtomicFile.check path overwrite bytes

        let planned = Map.ofList [ for tensor in tensors -> tensor.Entry.Name, tensor ]

        let write (addresses: nativeint[]) =
            let header, pieces = saveAt seed planned (List.zip entries (List.ofArray addresses))

            AtomicFile.write path overwrite (fun (stream: Stream) ->
                stream.Write(ReadOnlySpan header)
                ElementStream.write Device.Cpu stream pieces ignore token)

        if faults.IsEmpty then
            Cancellation.Request(token, fun () -> MemoryRanges.pinned (memories |> List.map snd |> Array.ofList) write)
        else
            FaultReport.result (Error faults)
