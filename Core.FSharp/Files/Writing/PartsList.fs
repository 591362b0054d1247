namespace Initializers.Files

open System
open System.IO
open System.Text
open Initializers.FSharp

/// A part of a shard that is on disk, with the SHA-256 of its bytes in hexadecimal digits.
type internal WrittenPart = { Part: ShardPart; Checksum: string }

/// What the list of a rank says: a line about the run, a line for each part after it was written, and `done`.
type internal PartsList =
    {
        /// The file.
        Name: string
        Rank: Rank
        /// The number of shards, the bytes of their data, and a digest of their headers.
        Model: string
        Parts: WrittenPart list
        IsDone: bool
        /// The bytes of the lines above; more than the file's if its last line was torn.
        Length: int64
    }

module internal PartsList =
    /// The number of the model's files.
    let shards (list: PartsList) = int (list.Model.Split(' ')[0])

    let private version = "initializers-parts 1"

    /// The first line, which is equal for all ranks of a run up to the rank.
    let private first (rank: Rank) (model: string) =
        $"{version} {model} world {rank.World} rank {rank.Index}\n"

    let private line (written: WrittenPart) =
        let part = written.Part
        $"part {part.Shard} {part.Offset} {part.Bytes} {written.Checksum}\n"

    let private ended = "done\n"

    let private (|Part|_|) (text: string) =
        match text.Split ' ' with
        | [| "part"; shard; offset; bytes; checksum |] when checksum.Length = 64 ->
            match NumberText.index shard, NumberText.index offset, NumberText.index bytes with
            | Some shard, Some offset, Some bytes when shard <= int64 Int32.MaxValue ->
                Some
                    { Part =
                        { Shard = int shard
                          Offset = offset
                          Bytes = bytes }
                      Checksum = checksum }
            | _ -> None
        | _ -> None

    /// The most files of a model; their names have five digits.
    let private mostShards = 99999L

    let private (|First|_|) (text: string) =
        match text.Split ' ' with
        | [| a; b; shards; bytes; digest; "world"; world; "rank"; rank |] when
            $"{a} {b}" = version && digest.Length = 64
            ->
            match NumberText.index shards, NumberText.index bytes, NumberText.index world, NumberText.index rank with
            | Some count, Some _, Some world, Some rank when
                count >= 1L && count <= mostShards && world <= int64 Rank.Most && rank < world
                ->
                Some($"{shards} {bytes} {digest}", { Index = int rank; World = int world })
            | _ -> None
        | _ -> None

    /// The list in a text of whole lines and perhaps a torn one; None of another file.
    let private ofText (name: string) (text: string) : PartsList option =
        let lines = text.Split '\n' |> List.ofArray
        // What follows the last end of a line is torn, or nothing.
        let whole = lines |> List.truncate (lines.Length - 1)

        match whole with
        | First(model, rank) as start :: rest ->
            let parts =
                rest
                |> List.map (function
                    | Part part -> Some part
                    | _ -> None)
                |> List.takeWhile _.IsSome
                |> List.choose id

            let isDone = List.tryItem parts.Length rest = Some(ended.TrimEnd())

            Some
                { Name = name
                  Rank = rank
                  Model = model
                  Parts = parts
                  IsDone = isDone
                  Length = int64 (start.Length + 1) + (parts |> List.sumBy (line >> _.Length >> int64)) }
        | _ -> None

    /// The longest list that is read, in bytes.
    let private longest = 100_000_000L

    let read (stream: Stream) (name: string) : PartsList option =
        if stream.Length > longest then
            None
        else
            stream.Position <- 0L
            ofText name (Encoding.ASCII.GetString(HeaderBytes.read stream (int stream.Length)))

    /// Writes the first line in place of whatever is in the file.
    let start (stream: FileStream) rank model =
        stream.SetLength 0L
        stream.Write(Encoding.ASCII.GetBytes(first rank model))

    /// Continues a list after its last whole line of a part.
    let resume (stream: FileStream) (list: PartsList) =
        stream.SetLength list.Length
        stream.Position <- list.Length

    let add (stream: FileStream) (part: WrittenPart) =
        stream.Write(Encoding.ASCII.GetBytes(line part))
        stream.Flush true

    let finish (stream: FileStream) =
        stream.Write(Encoding.ASCII.GetBytes ended)
        stream.Flush true
