namespace Initializers.FSharp

open Initializers

[<RequireQualifiedAccess>]
type Existing =
    | Refuse
    | Replace
    | Resume

type Rank =
    { Index: int
      World: int }

    static member Most = 1_000_000

type ShardsRequest =
    { Folder: string
      MaxShardSize: int64
      Existing: Existing
      Rank: Rank option
      Device: Device
      Seed: Seed }

type WrittenModel =
    { Files: string list
      Bytes: int64
      Kept: string list
      Removed: string list }
