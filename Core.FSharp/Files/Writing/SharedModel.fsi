namespace Initializers.FSharp

open System
open System.Threading

/// <summary>A model that several processes write into one folder, of which each takes the units that it is given, for
/// example by a queue of theirs. Every unit is written by one of them.</summary>
/// <remarks>When all processes have called <c>Complete</c>, <c>Output.finish</c> makes the model of the units. Its files are
/// those that one process writes.</remarks>
[<Sealed>]
type SharedModel =
    interface IDisposable

    /// <summary>Begins the work of a process, as the rank of the request. The process of rank 0 makes the files.</summary>
    /// <param name="request">The folder and the rank; without one the process is alone.</param>
    /// <param name="unitBytes">The largest number of bytes of a unit, 1 or more. A unit is part of one file; one element, or one
    /// matrix whose elements are made together, may be larger.</param>
    /// <param name="tensors">The model's tensors with their plans.</param>
    /// <returns>The model; or the faults of <c>Output.shards</c>.</returns>
    /// <example><code>
    /// SharedModel.start request 268435456L tensors
    /// |> Result.bind (fun model ->
    ///     use model = model
    ///     // Every fourth unit.
    ///     [ 0 .. 4 .. model.Units.Length - 1 ]
    ///     |> Validation.traverse (fun unit -> model.Write(unit, CancellationToken.None))
    ///     |> Result.bind (fun _ -> model.Complete()))
    /// </code></example>
    static member Start:
        request: ShardsRequest * unitBytes: int64 * tensors: PlannedTensor list -> Result<SharedModel, InitError list>

    /// <summary>The bytes of each unit.</summary>
    member Units: int64 list

    /// <summary>Writes a unit, and returns when it is on disk. One call at a time.</summary>
    /// <param name="unit">Its number, from 0 on.</param>
    /// <param name="token">Cancels.</param>
    /// <returns>Whether the unit was there with the right checksum, from a run that is resumed.</returns>
    member Write: unit: int * token: CancellationToken -> Result<bool, InitError list>

    /// <summary>Says that this process has written all its units.</summary>
    member Complete: unit -> Result<unit, InitError list>
