/// One type, parameter, property, field or method as text: the words of PublicApi.
module internal Initializers.ApiWords

open System
open System.Globalization
open System.Reflection
open System.Runtime.CompilerServices
open Microsoft.FSharp.Core

let has<'a when 'a :> Attribute> (it: ICustomAttributeProvider) =
    it.GetCustomAttributes(typeof<'a>, false).Length > 0

let bySpelling (lines: string seq) =
    lines |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b)) |> List.ofSeq

// Types

/// Namespaces that lines leave out, being read everywhere.
let private known =
    set
        [ "System"
          "System.Collections"
          "System.Collections.Generic"
          "Microsoft.FSharp.Core"
          "Microsoft.FSharp.Collections" ]

/// The name with the names of the types around it, without namespace and arity.
let rec nested (t: Type) : string =
    let own = t.Name.Split('`')[0]

    match t.DeclaringType with
    | null -> own
    | outer ->
        if t.IsGenericParameter then
            own
        else
            $"{nested outer}.{own}"

/// A type as a line shows it, with '?' where it may be null.
let rec typeText (home: string | null) (t: Type) (info: NullabilityInfo option) : string =
    let underlying = Nullable.GetUnderlyingType t

    let text =
        if t.IsByRef then
            typeText home (nonNull (t.GetElementType())) info
        elif t.IsPointer then
            typeText home (nonNull (t.GetElementType())) None + "*"
        elif t.IsArray then
            let commas = String(',', t.GetArrayRank() - 1)
            let element = info |> Option.bind (fun i -> Option.ofObj i.ElementType)
            $"{typeText home (nonNull (t.GetElementType())) element}[{commas}]"
        elif not (isNull underlying) then
            typeText home (nonNull underlying) None + "?"
        else
            let space =
                match t.Namespace with
                | null -> ""
                | space ->
                    if t.IsGenericParameter || String.Equals(space, home) || known.Contains space then
                        ""
                    else
                        $"{space}."

            let arguments = t.GetGenericArguments()

            let ofArgument i =
                match info with
                | Some info when info.GenericTypeArguments.Length = arguments.Length ->
                    typeText home arguments[i] (Some info.GenericTypeArguments[i])
                | _ -> typeText home arguments[i] None

            let generic =
                if arguments.Length = 0 then
                    ""
                else
                    arguments
                    |> Array.mapi (fun i _ -> ofArgument i)
                    |> String.concat ", "
                    |> sprintf "<%s>"

            space + nested t + generic

    // None is a null, which is no news about an option.
    let isOption = t.Name = "FSharpOption`1"

    match info with
    | Some i when
        i.ReadState = NullabilityState.Nullable
        && not (t.IsValueType || t.IsByRef || isOption)
        ->
        text + "?"
    | _ -> text

let private constraints (home: string | null) (parameter: Type) : string =
    let flags = parameter.GenericParameterAttributes
    let is (flag: GenericParameterAttributes) = flags &&& flag = flag

    match
        [ if is GenericParameterAttributes.ReferenceTypeConstraint then
              "class"
          if
              parameter.CustomAttributes
              |> Seq.exists (fun a -> a.AttributeType.Name = "IsUnmanagedAttribute")
          then
              "unmanaged"
          elif is GenericParameterAttributes.NotNullableValueTypeConstraint then
              "struct"
          elif is GenericParameterAttributes.DefaultConstructorConstraint then
              "new()"
          for bound in parameter.GetGenericParameterConstraints() do
              if bound <> typeof<ValueType> then
                  typeText home bound None ]
    with
    | [] -> parameter.Name
    | bounds -> $"""{parameter.Name}: {String.concat " & " bounds}"""

let generics home (parameters: Type[]) =
    if parameters.Length = 0 then
        ""
    else
        parameters
        |> Array.map (constraints home)
        |> String.concat ", "
        |> sprintf "<%s>"

// Members

let literal (t: Type) (value: objnull) : string =
    let bare =
        match Nullable.GetUnderlyingType t with
        | null -> t
        | underlying -> underlying

    match value with
    | null -> if bare.IsValueType && bare = t then "default" else "null"
    | value when bare.IsEnum -> string (Enum.ToObject(bare, value))
    | :? string as text -> $"\"{text}\""
    | :? bool as flag -> if flag then "true" else "false"
    | value -> Convert.ToString(value, CultureInfo.InvariantCulture) |> string

let private parameterText home (p: ParameterInfo) =
    let kind =
        if p.IsOut then
            "out "
        elif p.ParameterType.IsByRef && has<IsReadOnlyAttribute> p then
            "in "
        elif p.ParameterType.IsByRef then
            "ref "
        elif has<ParamArrayAttribute> p then
            "params "
        elif p.Position = 0 && has<ExtensionAttribute> p.Member then
            "this "
        else
            ""

    let optional = if has<OptionalArgumentAttribute> p then "?" else ""

    let value =
        if p.HasDefaultValue then
            $" = {literal p.ParameterType p.DefaultValue}"
        else
            ""

    let t = typeText home p.ParameterType (Some(NullabilityInfoContext().Create p))
    $"{kind}{optional}{p.Name}: {t}{value}"

/// (a: A, b: B), or (a: A)(b: B) where F# sees curried arguments.
let parameterList home (method: MethodBase) =
    let texts = method.GetParameters() |> Array.map (parameterText home) |> List.ofArray

    let groups =
        match method.GetCustomAttribute<CompilationArgumentCountsAttribute>() with
        | null -> [ texts.Length ]
        | counts -> List.ofSeq counts.Counts

    let rec cut groups texts =
        match groups with
        | [] -> []
        | n :: rest -> List.truncate n texts :: cut rest (List.skip (min n texts.Length) texts)

    cut groups texts
    |> List.map (String.concat ", " >> sprintf "(%s)")
    |> String.concat ""

/// The name, and F#'s where it is another.
let private named (it: MemberInfo) =
    match it.GetCustomAttribute<CompilationSourceNameAttribute>() with
    | null -> it.Name
    | source -> $"{it.Name} [F#: {source.SourceName}]"

let isVisible (method: MethodBase | null) =
    match method with
    | null -> false
    | m -> m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly

let modifiers (method: MethodBase) =
    let overrides =
        match method with
        | :? MethodInfo as m -> m.IsVirtual && m.GetBaseDefinition() <> m
        | _ -> false

    String.concat
        ""
        [ if not method.IsPublic then
              "protected "
          if method.IsStatic then
              "static "
          if method.IsAbstract then
              "abstract "
          elif overrides then
              if method.IsFinal then "sealed override " else "override "
          elif method.IsVirtual && not method.IsFinal then
              "virtual " ]

let propertyText home (p: PropertyInfo) =
    let accessors =
        [ "get", p.GetMethod; "set", p.SetMethod ]
        |> List.choose (fun (name, accessor) ->
            match accessor with
            | null -> None
            | m when not (isVisible m) -> None
            | m ->
                let isInit =
                    m.ReturnParameter.GetRequiredCustomModifiers()
                    |> Array.contains typeof<IsExternalInit>

                Some((if isInit then "init" else name), m))

    match accessors with
    | [] -> None
    | (_, first) :: _ ->
        let widest =
            accessors
            |> List.map snd
            |> List.tryFind _.IsPublic
            |> Option.defaultValue first

        let shown =
            [ for name, m in accessors do
                  if m.IsPublic = widest.IsPublic then
                      name
                  else
                      $"protected {name}" ]

        let index =
            match p.GetIndexParameters() with
            | [||] -> ""
            | ps -> ps |> Array.map (parameterText home) |> String.concat ", " |> sprintf "[%s]"

        let required = if has<RequiredMemberAttribute> p then "required " else ""
        let t = typeText home p.PropertyType (Some(NullabilityInfoContext().Create p))
        let all = shown |> List.map (sprintf "%s; ") |> String.concat ""
        Some $"{modifiers widest}{required}{named p}{index}: {t} {{ {all}}}"

let fieldText home (f: FieldInfo) =
    if not (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) || f.IsSpecialName then
        None
    else
        let t = typeText home f.FieldType (Some(NullabilityInfoContext().Create f))
        let access = if f.IsPublic then "" else "protected "

        if f.IsLiteral then
            Some $"{access}const {f.Name}: {t} = {literal f.FieldType (f.GetRawConstantValue())}"
        else
            let shared = if f.IsStatic then "static " else ""
            let constancy = if f.IsInitOnly then "readonly " else ""
            Some $"{access}{shared}{constancy}field {f.Name}: {t}"

let methodText home (m: MethodInfo) =
    let isAccessor =
        m.IsSpecialName
        && [ "get_"; "set_"; "add_"; "remove_" ]
           |> List.exists (fun prefix -> m.Name.StartsWith(prefix, StringComparison.Ordinal))

    // $W: what an inline function becomes for callers with witnesses.
    if
        not (isVisible m)
        || isAccessor
        || m.Name.Contains '<'
        || m.Name.EndsWith("$W", StringComparison.Ordinal)
    then
        None
    else
        let t =
            typeText home m.ReturnType (Some(NullabilityInfoContext().Create m.ReturnParameter))

        let byRef = if m.ReturnType.IsByRef then "ref " else ""
        Some $"{modifiers m}{named m}{generics home (m.GetGenericArguments())}{parameterList home m}: {byRef}{t}"
