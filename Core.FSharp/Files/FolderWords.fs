namespace Initializers.FSharp

open Initializers.Files

/// Reads the words of a request for a model in a folder: the size of files, the rank, and what becomes of files that are
/// there.
module internal FolderWords =
    open Words

    /// Launchers of several processes, with their variables of rank and number of ranks. One may start another: the first
    /// in the list whose variables are there counts.
    let private launchers =
        [ "torchrun", "RANK", "WORLD_SIZE"
          "Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"
          "PMI", "PMI_RANK", "PMI_SIZE"
          "Slurm", "SLURM_PROCID", "SLURM_NTASKS" ]

    let private number least name (text: string) =
        match NumberText.signed text with
        | Some n when n >= least && n <= int64 Rank.Most -> Ok n
        | _ -> invalid name text $"a whole number from {least} to {Rank.Most}"

    let private rankOf (rankName, rank: string) (worldName, world: string) =
        Validation.both (number 0L rankName rank) (number 1L worldName world)
        |> Result.bind (fun (rank, world) ->
            Validation.ofFaults
                (Validation.check (InitError.Output(OutputFault.RankOutside(rank, world))) (rank < world))
                { Index = int rank; World = int world })

    /// The rank that a launcher's variables say, and the launcher.
    let launched (lookup: string -> string | null) : Result<(Rank * string) option, InitError list> =
        let found =
            launchers
            |> List.tryPick (fun (launcher, rankName, worldName) ->
                match lookup rankName, lookup worldName with
                | null, null -> None
                | rank, world -> Some(launcher, (rankName, rank), (worldName, world)))

        let alone (present, text: string) absent =
            Error [ InitError.Output(OutputFault.RankAlone($"{present}={text}", absent)) ]

        match found with
        | None -> Ok None
        | Some(launcher, (rankName, NonNull rank), (worldName, NonNull world)) ->
            rankOf (rankName, rank) (worldName, world)
            |> Result.map (fun rank -> Some(rank, launcher))
        | Some(_, (rankName, NonNull rank), (worldName, _)) -> alone (rankName, rank) worldName
        | Some(_, (rankName, _), (worldName, world)) -> alone (worldName, string world) rankName

    /// The rank that is given, of which one number alone is a fault.
    let private given (rank: string | null) (world: string | null) : Result<Rank option, InitError list> =
        match rank, world with
        | null, null -> Ok None
        | NonNull rank, NonNull world -> rankOf ("rank", rank) ("world_size", world) |> Result.map Some
        | NonNull _, _ -> Error [ InitError.ArgumentMissing("world_size", "4") ]
        | _ -> Error [ InitError.ArgumentMissing("rank", "0") ]

    /// The size of files where a rank or a run to be resumed is given and no size.
    let private usual = 5_000_000_000L

    /// What a request says about a folder; None for one file.
    let read
        (out: string | null)
        (most: string | null)
        (rank: string | null)
        (world: string | null)
        (lookup: (string -> string | null) option)
        (overwrite: bool)
        (resume: bool)
        : Result<(int64 * Existing * (Rank * string) option) option, InitError list> =
        let size = optional Sharding.bytes most
        let isGiven = not (isNull rank && isNull world)

        // The name of a file is asked for by those who write one in each process.
        let mayBeFolder =
            match out with
            | null -> false
            | out -> not (isNull most) || not (ShardedOutput.endsLikeFile out)

        let rank =
            match lookup with
            | Some lookup when not isGiven && mayBeFolder -> launched lookup
            | _ -> given rank world |> Result.map (Option.map (fun rank -> rank, ""))

        let conflict =
            Validation.check
                (InitError.ArgumentConflict
                    "a run is either resumed, or overwrites what an earlier one wrote; give one of them.")
                (not (overwrite && resume))

        validation {
            let! size = size
            and! rank = rank
            and! () = conflict

            let several = rank |> Option.filter (fun (rank, _) -> rank.World > 1)

            let existing =
                if overwrite then Existing.Replace
                elif resume then Existing.Resume
                else Existing.Refuse

            return
                if size.IsSome || isGiven || resume || rank.IsSome then
                    Some(Option.defaultValue usual size, existing, several)
                else
                    None
        }
