namespace Initializers.FSharp

open Initializers
open Initializers.FSharp.SpecSyntax

/// Every initializer of texts and JSON, each with its reader and its writer. A new case of `Spec` needs one entry in
/// `ElementEntries`, `StructureEntries`, `MapEntries` or `CombinationEntries`; a new location-scale family needs none.
[<RequireQualifiedAccess>]
module internal Catalogue =
    /// The name that is written for a custom quantile, which cannot be read back.
    let quantile = "quantile"

    /// The entries by name.
    let all: InitializerEntry list =
        ElementEntries.all
        @ StructureEntries.all
        @ MapEntries.all
        @ CombinationEntries.all
        @ PresetEntries.all
        |> List.sortBy _.Info.Name

    /// The entries that write specs, the specific ones first.
    let writers: InitializerEntry list =
        PresetEntries.all
        @ ElementEntries.all
        @ StructureEntries.all
        @ MapEntries.all
        @ CombinationEntries.all

    /// PyTorch's names of functions that fill in place end in an underscore, which is read and not written.
    let find (name: string) : InitializerEntry option =
        let plain =
            if name.EndsWith '_' then
                name.Substring(0, name.Length - 1)
            else
                name

        all |> List.tryFind (fun entry -> entry.Info.Name = plain)

    /// The name and the arguments that make a spec. A property of the tests holds that every case of `Spec` has an entry
    /// that writes it.
    let written (spec: Spec) : string * (string * Value) list =
        match spec with
        | Spec.Quantile f -> quantile, [ "name", Value.Word f.Name ]
        | Spec.Function f -> f.Text, []
        | _ ->
            writers
            |> List.pick (fun entry -> entry.Write spec |> Option.map (fun arguments -> entry.Info.Name, arguments))
