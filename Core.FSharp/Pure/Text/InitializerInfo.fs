namespace Initializers.FSharp

open System
open Initializers
open Initializers.FSharp.SpecSyntax

/// <summary>An initializer that texts and JSON can name.</summary>
/// <example><code>SpecText.catalogue |> List.find (fun info -> info.Name = "normal")
/// // { Name = "normal"; Parameters = [ "mean", Some "0"; "stddev", Some "1" ]; Summary = … }</code></example>
type InitializerInfo =
    {
        /// The name in texts.
        Name: string
        /// The parameters in order, each with its default, or None where it must be given.
        Parameters: (string * string option) list
        /// One line on what it fills tensors with.
        Summary: string
    }

/// An initializer with its reader and its writer.
type internal InitializerEntry =
    {
        Info: InitializerInfo
        /// The spec of the arguments; what is wrong with them is in their `Faults`.
        Read: SpecArguments -> Spec
        /// The arguments that `Read` makes this spec of; None where another entry writes it.
        Write: Spec -> (string * Value) list option
    }

/// What entries are made of.
module internal EntryParts =
    let entry name parameters summary read write =
        { Info =
            { Name = name
              Parameters = parameters
              Summary = summary }
          Read = read
          Write = write }

    /// An entry that is read only: another name of a spec that a second entry writes.
    let alias name parameters summary read =
        entry name parameters summary read (fun _ -> None)

    /// An entry without parameters.
    let constant name summary (spec: Spec) (isSpec: Spec -> bool) =
        entry name [] summary (fun _ -> spec) (fun other -> if isSpec other then Some [] else None)

    let mean = "mean", Some "0"
    let mode = "mode", Some "fan_in"
    let gain = "gain", Some "1"
    let innerSpec = "inner", None

    let number name x = name, Value.Number x
    let modeWord mode = "mode", Value.Word(Names.fanMode mode)
    let nested spec = "inner", Value.Nested spec

    /// Zero, and not minus zero.
    let isZero x = x = 0.0 && not (Double.IsNegative x)

    /// PyTorch's names of parameters, which are read and not written.
    let private others = [ "std", "stddev"; "a", "negative_slope" ]

    /// The entry's name of the parameter that a text calls so.
    let parameterOf (entry: InitializerEntry) (name: string) : string option =
        let known = entry.Info.Parameters |> List.map fst

        if List.contains name known then
            Some name
        else
            others
            |> List.tryFind (fun (other, standard) -> other = name && List.contains standard known)
            |> Option.map snd
