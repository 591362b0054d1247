namespace Initializers.FSharp

open System
open System.IO
open System.Runtime.InteropServices
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open Initializers
open Initializers.Files

[<RequireQualifiedAccess>]
module FittedTables =
    /// A table's first upper word, None where one side serves both, and its coefficients' bytes.
    [<Struct>]
    type private Table =
        { Split: string option
          Coefficients: byte[] }

    /// A spec's text with all parameters, and how its elements are sampled. A vector without fans suits every
    /// distribution that needs none.
    let private form (text: string) : Result<string * SamplingForm, InitError list> =
        SpecText.parse text
        |> Result.bind (fun spec ->
            Shape.ofList [ 1L ]
            |> Result.bind (fun shape -> Plan.distribution spec shape Fan.Unknown)
            |> Result.bind (function
                | Structure.Elements(Leaf.Element(element, _)) when not element.IsUniform ->
                    Ok(SpecText.toText spec, Element.form element)
                | _ -> Words.invalid "spec" text "one distribution that is drawn by a table, such as truncated_normal"))

    let private forms (specs: string list) =
        match specs with
        | [] -> Error [ InitError.ArgumentMissing("spec", "truncated_normal") ]
        | _ -> Validation.traverse form specs

    [<CompiledName "Validate">]
    let validate (specs: string list) : Result<unit, InitError list> = forms specs |> Result.map ignore

    let private table isSymmetric (split: string) (coefficients: ReadOnlySpan<'real>) =
        { Split = if isSymmetric then None else Some split
          Coefficients = MemoryMarshal.AsBytes(coefficients).ToArray() }

    let private single (form: SamplingForm) : Result<Table, InitError list> =
        match form with
        | SamplingForm.Fitted(standard = standard) -> StandardForm.table standard
        | _ -> Ok QuantileTable.normal
        |> Result.map (fun t -> table t.IsSymmetric (t.Split.ToString "x8") t.Coefficients.Span)

    let private double (form: SamplingForm) : Result<Table, InitError list> =
        match form with
        | SamplingForm.Fitted(standard = standard) -> StandardForm.table64 standard
        | _ -> Ok QuantileTable64.normal
        |> Result.map (fun t -> table t.IsSymmetric (t.Split.ToString "x16") t.Coefficients.Span)

    /// The tables of the types that hold the distribution; the faults where neither does.
    let private fitted (text: string, form: SamplingForm) =
        match single form, double form with
        | Error faults, Error more -> Error(faults @ more |> List.distinct)
        | single, double ->
            Ok(
                text,
                [ "float32", single; "float64", double ]
                |> List.choose (fun (dtype, table) ->
                    table |> Result.toOption |> Option.map (fun table -> dtype, table))
            )

    let private write (tables: (string * (string * Table) list) list) : string =
        use buffer = new MemoryStream()

        let options =
            JsonWriterOptions(Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        do
            use json = new Utf8JsonWriter(buffer, options)
            json.WriteStartObject()
            json.WriteNumber("bits", Plan.bitsVersion)
            json.WriteStartArray "tables"

            for spec, types in tables do
                json.WriteStartObject()
                json.WriteString("spec", spec)

                for dtype, table in types do
                    json.WriteStartObject dtype

                    match table.Split with
                    | Some split -> json.WriteString("split", split)
                    | None -> ()

                    json.WriteBase64String("coefficients", ReadOnlySpan table.Coefficients)
                    json.WriteEndObject()

                json.WriteEndObject()

            json.WriteEndArray()
            json.WriteEndObject()

        Encoding.UTF8.GetString(buffer.ToArray()) + "\n"

    [<CompiledName "ToJson">]
    let toJson (specs: string list) : Result<string, InitError list> =
        forms specs |> Result.bind (Validation.traverse fitted) |> Result.map write
