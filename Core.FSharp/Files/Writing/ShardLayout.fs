namespace Initializers.Files

open System
open Initializers
open Initializers.FSharp

/// One file of a model in several.
type internal Shard =
    {
        Name: string
        /// In the order of their data.
        Tensors: PlannedTensor list
        /// Of data.
        Bytes: int64
    }

/// A range of the data of a shard. Shards are counted from 0.
type internal ShardPart =
    { Shard: int
      Offset: int64
      Bytes: int64 }

/// A model's files, as they will be: equal requests have equal layouts.
type internal ShardLayout = { Seed: Seed; Shards: Shard list }

module internal ShardLayout =
    open ModelParts

    let create (seed: Seed) (most: int64) (tensors: PlannedTensor list) : ShardLayout =
        // A tensor that is tied and not stored is with its target, whose file names it.
        let tied =
            tensors
            |> List.filter (isStored >> not)
            |> List.groupBy (fun tensor -> tensor.Tie |> Option.map _.Target)
            |> Map.ofList

        let withTied (tensor: PlannedTensor) =
            tensor :: (Map.tryFind (Some tensor.Entry.Name) tied |> Option.defaultValue [])

        let runs =
            stored tensors
            |> Sharding.split most (fun tensor -> bytesOf [ tensor ])
            |> List.map (List.collect withTied)

        { Seed = seed
          Shards =
            runs
            |> List.mapi (fun i tensors ->
                { Name = Sharding.name (i + 1) runs.Length
                  Tensors = inOrder tensors
                  Bytes = bytesOf tensors }) }

    /// The names of the files, of which the index is the last.
    let names (layout: ShardLayout) : string list =
        [ for shard in layout.Shards do
              shard.Name
          if layout.Shards.Length > 1 then
              Sharding.indexName ]

    let bytes (layout: ShardLayout) : int64 = layout.Shards |> List.sumBy _.Bytes

    /// The header of a shard with the checksum of its data, of 32 bytes.
    let header (layout: ShardLayout) (shard: Shard) (checksum: byte[]) : byte[] =
        headerOf layout.Seed (Provenance.checksum checksum) shard.Tensors

    /// All data of a shard.
    let pieces (layout: ShardLayout) (shard: Shard) : Piece seq = piecesOf layout.Seed shard.Tensors

    /// The tensors of a shard with the offsets of their data in it.
    let private placed (layout: ShardLayout) (shard: Shard) : (int64 * Piece) list =
        (0L, List.ofSeq (pieces layout shard))
        ||> List.mapFold (fun offset piece -> (offset, piece), offset + piece.Bytes)
        |> fst

    /// The data of a part, whose ends are where elements begin.
    let piecesIn (layout: ShardLayout) (part: ShardPart) : Piece list =
        [ for first, piece in placed layout layout.Shards[part.Shard] do
              let from = max first part.Offset
              let until = min (first + piece.Bytes) (part.Offset + part.Bytes)

              if from < until then
                  { piece with
                      Offset = (from - first) / int64 piece.Size
                      Count = (until - from) / int64 piece.Size } ]

    /// The place in a shard's data where a cut at `position` is made: where an element begins, and of elements that are made
    /// together, such as those of an orthogonal matrix, before or after all of them.
    let private cutIn (placed: (int64 * Piece) list) (position: int64) : int64 =
        match
            placed
            |> List.tryFind (fun (first, piece) -> first < position && position < first + piece.Bytes)
        with
        | None -> position
        | Some(first, piece) ->
            let size = int64 piece.Size
            let element = (position - first) / size
            let together = ElementStream.together piece
            let before = element / together * together
            let after = min piece.Count (before + together)

            first
            + size
              * (if together > 1L && after - element < element - before then
                     after
                 else
                     before)

    /// The parts of shards between cuts of the data of all shards, which are given in order from 0 to the last byte.
    let parts (layout: ShardLayout) (cuts: int64 list) : ShardPart list list =
        let shards =
            (0L, List.indexed layout.Shards)
            ||> List.mapFold (fun start (i, shard) -> (i, start, shard.Bytes, placed layout shard), start + shard.Bytes)
            |> fst

        let cut position =
            shards
            |> List.tryFind (fun (_, start, bytes, _) -> start < position && position < start + bytes)
            |> function
                | Some(_, start, _, placed) -> start + cutIn placed (position - start)
                | None -> position

        [ for from, until in cuts |> List.map cut |> List.pairwise ->
              [ for i, start, bytes, _ in shards do
                    let first = max from start
                    let last = min until (start + bytes)

                    if first < last then
                        { Shard = i
                          Offset = first - start
                          Bytes = last - first } ] ]

    /// The parts of a rank: the bytes of all shards divided evenly.
    let ofRank (layout: ShardLayout) (rank: Rank) : ShardPart list =
        let total = bytes layout

        let cut (index: int) =
            Int128.op_Explicit (Math.BigMul(total, int64 index) / Int128.op_Implicit (int64 rank.World)): int64

        parts layout [ cut rank.Index; cut (rank.Index + 1) ] |> List.concat

    /// Parts of at most a number of bytes, if their elements are not made together.
    let upTo (layout: ShardLayout) (most: int64) : ShardPart list =
        [ yield! [ 0L .. most .. bytes layout - 1L ]; bytes layout ]
        |> parts layout
        |> List.concat
