/// The table of error codes, from the documentation of the faults themselves: docs/errors.md.
[<RequireQualifiedAccess>]
module Initializers.Properties.ErrorPage

open System
open System.IO
open System.Text
open System.Text.RegularExpressions
open System.Xml.Linq
open Microsoft.FSharp.Reflection
open Initializers
open Initializers.FSharp

let file = "docs/errors.md"

/// A value of any type that a fault carries.
let private sample (t: Type) : obj | null =
    if t = typeof<int> then
        box 1
    elif t = typeof<int64> then
        box 2L
    elif t = typeof<uint64> then
        box 3UL
    elif t = typeof<float> then
        box 0.5
    elif t = typeof<bool> then
        box true
    elif t = typeof<string> then
        box "text"
    elif t = typeof<int option> then
        box (Some 7)
    elif t = typeof<int64 option> then
        box (Some 5L)
    elif t = typeof<string option> then
        box (Some "other")
    elif t = typeof<string list> then
        box [ "one"; "two" ]
    elif t = typeof<int64 list> then
        box [ 1L; 2L ]
    elif t = typeof<FanMode> then
        box FanMode.FanAvg
    elif t = typeof<Layout> then
        box Layout.OutIn
    elif t = typeof<FanAxes> then
        box (FanAxes.Of(FanAxis.Stack, FanAxis.Out))
    elif t = typeof<DType> then
        box DType.Float16
    elif t = typeof<InitError> then
        box (InitError.TensorDuplicate "inner")
    elif t = typeof<ExpressionFault> then
        box (ExpressionFault.TensorMissing "inner")
    elif t = typeof<ArchitectureFault> then
        box (ArchitectureFault.ShardOutside("text", "inner"))
    elif t = typeof<OutputFault> then
        box (OutputFault.FolderInUse "inner")
    elif t = typeof<BoxFault> then
        box (BoxFault.Syntax "inner")
    elif t = typeof<TensorFault> then
        box (TensorFault.NotStrided "inner")
    elif t = typeof<FormatFault> then
        box (FormatFault.ZipMalformed "inner")
    elif t = typeof<MemoryFault> then
        box (MemoryFault.NotDense "inner")
    elif t = typeof<PropagationFault> then
        box (PropagationFault.LayersMissing "inner")
    else
        failwith $"no sample of {t}"

/// A value of each case of a union, with the case's name.
let private samplesOf<'union> () : (string * 'union) list =
    FSharpType.GetUnionCases typeof<'union>
    |> Array.map (fun case ->
        let fields = case.GetFields() |> Array.map (fun f -> sample f.PropertyType)

        match FSharpValue.MakeUnion(case, fields) with
        | :? 'union as fault -> case.Name, fault
        | _ -> failwith case.Name)
    |> List.ofArray

/// The cases that hold the faults of other unions, with the name of the union and a fault of each of its cases.
let private held: (string * string * (string * InitError) list) list =
    let within (case: string) wrap faults =
        faults |> List.map (fun (name, fault) -> $"{case}.{name}", wrap fault)

    [ "Expression", nameof ExpressionFault, within "Expression" InitError.Expression (samplesOf<ExpressionFault>())
      "Architecture",
      nameof ArchitectureFault,
      within "Architecture" InitError.Architecture (samplesOf<ArchitectureFault>())
      "Output", nameof OutputFault, within "Output" InitError.Output (samplesOf<OutputFault>())
      "Box", nameof BoxFault, within "Box" InitError.Box (samplesOf<BoxFault>())
      "Tensor", nameof TensorFault, within "Tensor" InitError.Tensor (samplesOf<TensorFault>())
      "Format", nameof FormatFault, within "Format" InitError.Format (samplesOf<FormatFault>())
      "Memory", nameof MemoryFault, within "Memory" InitError.Memory (samplesOf<MemoryFault>())
      "Propagation", nameof PropagationFault, within "Propagation" InitError.Propagation (samplesOf<PropagationFault>()) ]

/// A fault of each case, with the case's name.
let samples: (string * InitError) list =
    (samplesOf<InitError>()
     |> List.filter (fun (name, _) -> held |> List.forall (fun (case, _, _) -> case <> name)))
    @ (held |> List.collect (fun (_, _, faults) -> faults))

/// Faults that say where another one is, and have its code.
let places =
    [ "InPart"
      "InTensor"
      "InFile"
      "AtPath"
      "InExpression"
      "InElement"
      "InRule" ]

/// Summary and remarks of each case: the cause, and what mends it.
let private documented =
    lazy
        (let element (m: XElement) name =
            match m.Element(XName.Get name) with
            | null -> ""
            | e -> Regex.Replace(e.Value, @"\s+", " ").Trim()

         Map.ofSeq
             [ for m in
                   XDocument
                       .Load(Path.Combine(AppContext.BaseDirectory, "Initializers.Core.xml"))
                       .Descendants(XName.Get "member") do
                   match m.Attribute(XName.Get "name") with
                   | null -> ()
                   | name ->
                       let case = Regex.Match(name.Value, @"^T:Initializers\.FSharp\.(\w+)\.(\w+)$")

                       let union, inner = case.Groups[1].Value, case.Groups[2].Value

                       let inside =
                           (nameof InitError, "")
                           :: (held |> List.map (fun (outer, union, _) -> union, $"{outer}."))

                       match inside |> List.tryFind (fun (known, _) -> known = union) with
                       | Some(_, outer) when case.Success ->
                           $"{outer}{inner}", (element m "summary", element m "remarks")
                       | _ -> () ])

/// Code, cause and mend of every fault, by code.
let rows () : (string * string * string) list =
    [ for name, fault in samples do
          if not (List.contains name places) then
              let cause, mend = documented.Value[name]
              InitError.code fault, cause, mend ]
    |> List.sortWith (fun (a, _, _) (b, _, _) -> String.CompareOrdinal(a, b))

let render () : string =
    let page = StringBuilder()

    let line (text: string) =
        page.Append(text).Append('\n') |> ignore

    line "# Error codes"
    line ""

    line
        "Every fault has a code, which programs can rely on, and a message for people. A request reports all of its faults at"

    line
        "once, before any work. In F# they are the cases of `InitError`, with `InitError.code` and `InitError.message`; in C# the"

    line
        "`Faults` of an `InitializerException`. A fault inside a part of a stack, an element of a formula, a rule or a tensor of a"

    line "model, a file or a place of a JSON file has the code of the fault itself."
    line ""
    line "| code | cause | what to do |"
    line "|---|---|---|"

    for code, cause, mend in rows () do
        line $"| `{code}` | {cause} | {mend} |"

    page.ToString()
