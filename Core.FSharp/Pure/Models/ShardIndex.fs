namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json

/// The index of a model in several files, safetensors or PyTorch's, in Hugging Face's form:
/// {"metadata": {…}, "weight_map": {TENSOR: FILE, …}}. It has no shapes; these are in the headers of the files.
type internal ShardIndex =
    {
        Source: string
        /// Each tensor's name with the name of its shard, in the order of the index.
        Shards: (string * string) list
    }

[<RequireQualifiedAccess>]
module internal ShardIndex =
    /// A tensor of an architecture may be named "weight_map", too.
    let isIndex (root: JsonElement) =
        match Json.tryFind "weight_map" root with
        | Some map -> map.ValueKind = JsonValueKind.Object && (Json.tryFind "shape" map).IsNone
        | None -> false

    /// The tensors of an index, each with the name of its shard.
    let tensors source (root: JsonElement) : Result<(string * string) list, InitError list> =
        match Json.tryFind "weight_map" root with
        | None -> Json.field source "the file" "the field \"weight_map\" is missing."
        | Some map ->
            let shard (tensor, value) =
                Json.text source (Json.memberPath "weight_map" tensor) value
                |> Result.map (fun shard -> tensor, shard)

            Json.members source "weight_map" InitError.TensorDuplicate map (Validation.traverse shard)

    /// Whether a name is that of a file in the folder or below it.
    let private isInside (shard: string) =
        let steps = shard.Split('/', '\\')

        steps
        |> Array.forall (fun step -> step <> "" && step <> "." && step <> ".." && not (step.Contains ':'))

    /// Whether a shard is a file of tensors, by its ending.
    let private isRead (shard: string) =
        [ ".safetensors"; ".bin"; ".pt"; ".pth" ]
        |> List.exists (fun ending -> shard.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

    /// The names of the shards, in order of their names.
    let names (index: ShardIndex) : string list =
        index.Shards
        |> List.map snd
        |> List.distinct
        |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))

    let read source (root: JsonElement) : Result<ShardIndex, InitError list> =
        tensors source root
        |> Result.bind (fun shards ->
            let index = { Source = source; Shards = shards }
            let names = names index

            let outside =
                names
                |> List.filter (isInside >> not)
                |> List.map (fun shard -> InitError.Architecture(ArchitectureFault.ShardOutside(source, shard)))

            if names.IsEmpty then
                Error [ InitError.TensorsMissing source ]
            elif names |> List.forall (isRead >> not) then
                let kind =
                    $"an index of files such as '{Names.excerpt names.Head}', whose headers are not read here"

                Error [ InitError.Architecture(ArchitectureFault.NotArchitecture(source, kind)) ]
            else
                Validation.ofFaults outside index)

    /// The fault of an index without its folder.
    let alone (index: ShardIndex) : Result<TensorEntry list, InitError list> =
        Error [ InitError.Architecture(ArchitectureFault.ShardsMissing(index.Source, names index)) ]

    /// The faults of shards that the index does not describe.
    let private differences nameOf (index: ShardIndex) (found: (string * 'tensor list) list) : InitError list =
        let given = Dictionary<string, string>(StringComparer.Ordinal)

        for tensor, shard in index.Shards do
            given[tensor] <- shard

        let present = HashSet<string>(StringComparer.Ordinal)

        let surplus =
            [ for shard, tensors in found do
                  for name: string in List.map nameOf tensors do
                      present.Add name |> ignore

                      match given.TryGetValue name with
                      | true, expected when expected = shard -> ()
                      | true, expected -> ArchitectureFault.TensorInOtherShard(name, shard, expected)
                      | _ -> ArchitectureFault.TensorNotInIndex(name, shard) ]

        let readable = HashSet<string>(List.map fst found, StringComparer.Ordinal)

        let lacking =
            [ for tensor, shard in index.Shards do
                  if readable.Contains shard && not (present.Contains tensor) then
                      ArchitectureFault.TensorNotInShard(tensor, shard) ]

        List.map InitError.Architecture (surplus @ lacking)

    /// The model's tensors from the headers of its shards, None for a shard that is absent. All faults at once.
    let together
        (nameOf: 'tensor -> string)
        (index: ShardIndex)
        (shards: (string * Result<'tensor list, InitError list> option) list)
        : Result<'tensor list, InitError list> =
        let absent =
            shards
            |> List.choose (fun (name, tensors) -> if tensors.IsNone then Some name else None)

        let missing =
            Validation.check
                (InitError.Architecture(ArchitectureFault.ShardsMissing(index.Source, absent)))
                absent.IsEmpty

        let unreadable =
            shards
            |> List.collect (snd >> Option.map Validation.faults >> Option.defaultValue [])

        let found =
            shards
            |> List.choose (fun (name, tensors) ->
                match tensors with
                | Some(Ok tensors) -> Some(name, tensors)
                | _ -> None)

        Validation.ofFaults (missing @ unreadable @ differences nameOf index found) (List.collect snd found)
