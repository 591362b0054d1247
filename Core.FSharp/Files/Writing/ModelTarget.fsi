namespace Initializers.FSharp

open Initializers

/// <summary>What becomes of the files of a model that are in its folder already.</summary>
[<RequireQualifiedAccess>]
type Existing =
    /// They are a fault.
    | Refuse
    /// They are removed before the first file is written.
    | Replace
    /// An interrupted run is continued: files that an equal request wrote are kept where their checksums are right, and the
    /// others are written. Files of another request are a fault.
    | Resume

/// <summary>One of several processes that write a model together, counted from 0.</summary>
/// <example><code>{ Index = 0; World = 4 } // the first of four</code></example>
type Rank =
    {
        /// From 0 to World - 1.
        Index: int
        /// The number of processes, from 1 to <c>Rank.Most</c>.
        World: int
    }

    /// <summary>The largest number of processes, 1,000,000.</summary>
    static member Most: int

/// <summary>A folder into which a model is written, in files up to a size.</summary>
type ShardsRequest =
    {
        /// The folder, which is made if it is not there.
        Folder: string
        /// The largest number of bytes of data in one file.
        MaxShardSize: int64
        /// What becomes of the files of a model in the folder.
        Existing: Existing
        /// The process that writes its part of the bytes; None writes all files.
        Rank: Rank option
        /// Where the tensors are generated.
        Device: Device
        /// The model's seed.
        Seed: Seed
    }

/// <summary>The files of a model that was written into a folder.</summary>
type WrittenModel =
    {
        /// The names of all files in their order, of which the index is the last; for a rank, of those that it wrote a part of.
        Files: string list
        /// The bytes of their data, of a rank those of its parts.
        Bytes: int64
        /// Those that an earlier run had finished and that were kept.
        Kept: string list
        /// The names of temporary files of runs that were killed, which were removed.
        Removed: string list
    }
