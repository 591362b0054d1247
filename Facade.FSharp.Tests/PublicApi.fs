/// The public API of an assembly as text, one line a member: what a caller can see by reflection, F#'s cases, fields,
/// curried arguments and source names, and nullability included. The tests read the recorded files; only Golden.Tool
/// writes them. Both compile this file and
/// ApiWords.fs.
[<RequireQualifiedAccess>]
module Initializers.PublicApi

open System
open System.Reflection
open System.Runtime.CompilerServices
open Microsoft.FSharp.Core
open Microsoft.FSharp.Reflection
open Initializers.ApiWords

/// Where the files are, below the repository's root.
let folder = "Facade.FSharp.Tests/api"

/// The core and the facade.
let assemblies: Assembly list =
    [ typeof<Initializers.Tensor>.Assembly
      typeof<Initializers.Stateful.Initializer>.Assembly ]

let private simpleName (assembly: Assembly) : string =
    match assembly.GetName().Name with
    | null -> string assembly
    | name -> name

let fileName (assembly: Assembly) : string = $"{simpleName assembly}.txt"

let private declared =
    BindingFlags.Public
    ||| BindingFlags.NonPublic
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

let private isModule (t: Type) =
    match t.GetCustomAttribute<CompilationMappingAttribute>() with
    | null -> false
    | mapping -> mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask = SourceConstructFlags.Module

let private isUnion (t: Type) = FSharpType.IsUnion t
let private isRecord (t: Type) = FSharpType.IsRecord t

let private isDelegate (t: Type) =
    t.IsSubclassOf typeof<MulticastDelegate>

let private kind (t: Type) =
    let mutability = if has<IsReadOnlyAttribute> t then "readonly " else ""
    let byRef = if t.IsByRefLike then "ref " else ""
    let value = if t.IsValueType then "struct " else ""

    let qualified =
        if has<RequireQualifiedAccessAttribute> t then
            "qualified "
        else
            ""

    let opened = if has<AutoOpenAttribute> t then "auto-open " else ""

    if t.IsEnum then "enum"
    elif t.Name.Contains '<' then "extension"
    elif isUnion t then $"{qualified}{byRef}{value}union"
    elif isRecord t then $"{qualified}{byRef}{value}record"
    elif isModule t then $"{qualified}{opened}module"
    elif isDelegate t then "delegate"
    elif t.IsInterface then "interface"
    elif t.IsValueType then $"{mutability}{byRef}struct"
    elif t.IsAbstract && t.IsSealed then "static class"
    elif t.IsAbstract then "abstract class"
    elif t.IsSealed then "sealed class"
    else "class"

/// The type's name; for the members of C#'s `extension(T)`, which live in a type with an unspeakable name, the class's
/// and T.
let private ownName (t: Type) =
    match t.DeclaringType with
    | null -> nested t
    | outer ->
        let extended =
            t.GetNestedTypes()
            |> Seq.collect _.GetMethods()
            |> Seq.tryFind (fun m -> m.Name = "<Extension>$")

        match extended with
        | Some marker ->
            let receiver = Array.head (marker.GetParameters())
            $"{nested outer}({typeText t.Namespace receiver.ParameterType None})"
        | None -> nested t

let private heading (t: Type) =
    let home = t.Namespace

    let bases =
        [ match t.BaseType with
          | null -> ()
          | b when
              b = typeof<obj>
              || b = typeof<ValueType>
              || b = typeof<Enum>
              || b = typeof<MulticastDelegate>
              ->
              ()
          | b -> typeText home b None
          if not t.IsEnum && not (isDelegate t) then
              yield! t.GetInterfaces() |> Seq.map (fun i -> typeText home i None) |> bySpelling ]

    let inherits =
        if List.isEmpty bases then
            ""
        else
            " : " + String.concat ", " bases

    let own =
        match t.DeclaringType with
        | null -> t.GetGenericArguments()
        | outer -> Array.skip (outer.GetGenericArguments().Length) (t.GetGenericArguments())

    $"{kind t} {home}.{ownName t}{generics home own}{inherits}"

/// Cases in their order, which comparison follows, with the fields' names.
let private cases home (union: Type) =
    [ for case in FSharpType.GetUnionCases union do
          let fields =
              [ for f in case.GetFields() ->
                    $"{f.Name}: {typeText home f.PropertyType (Some(NullabilityInfoContext().Create f))}" ]

          if List.isEmpty fields then
              $"| {case.Name}"
          else
              $"""| {case.Name} of {String.concat " * " fields}""" ]

let private members (t: Type) : string list =
    let home = t.Namespace

    if t.IsEnum then
        let underlying = Enum.GetUnderlyingType t

        $"values: {underlying.Name}"
        :: [ for f in
                 t.GetFields(BindingFlags.Public ||| BindingFlags.Static)
                 |> Array.sortBy _.MetadataToken -> $"{f.Name} = {literal underlying (f.GetRawConstantValue())}" ]
    elif isDelegate t then
        t.GetMethod "Invoke"
        |> Option.ofObj
        |> Option.bind (methodText home)
        |> Option.toList
    else
        let fsharp = isUnion t || isRecord t

        // What the compiler makes of cases and fields (testers, constructors, equality) follows from them and from the
        // interfaces of the heading.
        let written (m: MemberInfo) =
            not fsharp
            || not (has<CompilerGeneratedAttribute> m || has<CompilationMappingAttribute> m)

        let fields =
            if isUnion t then
                cases home t
            elif isRecord t then
                [ for f in FSharpType.GetRecordFields t do
                      match propertyText home f with
                      | Some text -> $"| {text}"
                      | None -> () ]
            else
                []

        fields
        @ bySpelling
            [ for c in t.GetConstructors declared do
                  if not c.IsStatic && isVisible c && not fsharp then
                      $"{modifiers c}new{parameterList home c}" ]
        @ bySpelling
            [ for f in t.GetFields declared do
                  if written f then
                      yield! fieldText home f |> Option.toList
              for p in t.GetProperties declared do
                  if written p then
                      yield! propertyText home p |> Option.toList
              for e in t.GetEvents declared do
                  match e.AddMethod, e.EventHandlerType with
                  | null, _
                  | _, null -> ()
                  | add, handler when isVisible add ->
                      $"{modifiers add}event {e.Name}: {typeText home handler (Some(NullabilityInfoContext().Create e))}"
                  | _ -> () ]
        @ bySpelling
            [ for m in t.GetMethods declared do
                  if written m then
                      yield! methodText home m |> Option.toList ]

/// How the files come to be.
let command = "dotnet run -c Release --project Golden.Tool -- api"

/// The whole text of an assembly's file.
let render (assembly: Assembly) : string =
    let types =
        assembly.GetExportedTypes()
        |> Seq.filter (fun t ->
            match t.DeclaringType with
            | null -> true
            | outer -> not (isUnion outer || outer.Name.Contains '<'))
        |> Seq.map (fun t -> $"{t.Namespace}.{ownName t} {t.GetGenericArguments().Length}", t)
        |> Seq.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b))
        |> Seq.map snd

    String.concat
        "\n"
        [ $"# The public API of {simpleName assembly}, as `{command}` recorded it"
          for t in types do
              ""
              heading t

              for line in members t do
                  "    " + line
          "" ]

/// Every line of the file with the type that it stands under.
let private placed (text: string) : (string * string) list =
    let place (heading: string, lines) (line: string) =
        if line.StartsWith("    ", StringComparison.Ordinal) then
            heading, (heading, line.Trim()) :: lines
        elif line = "" || line[0] = '#' then
            heading, lines
        else
            line, (line, "") :: lines

    text.Replace("\r", "").Split '\n' |> Seq.fold place ("", []) |> snd |> List.rev

/// What changed, under the type that it changed in, or None.
let difference (recorded: string) (now: string) : string option =
    let before, after = placed recorded, placed now
    let gone = before |> List.except after |> List.map (fun line -> line, '-')
    let come = after |> List.except before |> List.map (fun line -> line, '+')

    match gone @ come with
    | [] when before = after -> None
    | [] -> Some "only the order differs"
    | changes ->
        [ for heading, group in changes |> List.groupBy (fst >> fst) do
              let isNew = group |> List.exists (fun ((_, line), _) -> line = "")

              if not isNew then
                  heading

              for (_, line), sign in group do
                  if line = "" then
                      $"{sign} {heading}"
                  else
                      $"{sign}     {line}" ]
        |> String.concat "\n"
        |> Some
