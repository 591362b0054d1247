/// The XML documentation that ships with the core: every public type and member has a summary.
module Initializers.Properties.DocumentationTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Xml.Linq
open Microsoft.FSharp.Reflection
open Xunit
open Initializers.FSharp

let private core = typeof<Spec>.Assembly

/// The names of the documentation file that have a summary, without parameters and arities, which reflection writes
/// otherwise.
let private documented =
    lazy
        (let file = Path.Combine(AppContext.BaseDirectory, "Initializers.Core.xml")

         set
             [ for m in XDocument.Load(file).Descendants(XName.Get "member") do
                   let summary =
                       match m.Element(XName.Get "summary") with
                       | null -> ""
                       | s -> s.Value

                   match m.Attribute(XName.Get "name") with
                   | null -> ()
                   | name ->
                       if not (String.IsNullOrWhiteSpace summary) then
                           Regex.Replace(name.Value, @"\(.*\)(~.*)?$|``\d+", "") ])

let private nameOf (t: Type) = (string t.FullName).Replace('+', '.')

/// What a reader of the documentation can look up.
let private wanted: string list =
    let flags =
        BindingFlags.Public
        ||| BindingFlags.Instance
        ||| BindingFlags.Static
        ||| BindingFlags.DeclaredOnly

    let ownTypes =
        core.GetExportedTypes()
        |> Array.filter (fun t -> t.Namespace = "Initializers" || t.Namespace = "Initializers.FSharp")
        // Classes that the compiler makes of a union's cases, and its tags.
        |> Array.filter (fun t ->
            match t.DeclaringType with
            | null -> true
            | outer -> not (FSharpType.IsUnion outer))

    [ for t in ownTypes do
          $"T:{nameOf t}"

          if FSharpType.IsUnion t then
              for case in FSharpType.GetUnionCases t do
                  $"T:{nameOf t}.{case.Name}"
          elif FSharpType.IsRecord t then
              for field in FSharpType.GetRecordFields t do
                  $"P:{nameOf t}.{field.Name}"
          elif FSharpType.IsRecord(t, BindingFlags.Public ||| BindingFlags.NonPublic) then
              // Its fields are internal, and what else it has is the compiler's.
              ()
          elif t.IsEnum then
              for value in Enum.GetNames t do
                  $"F:{nameOf t}.{value}"
          else
              let inherited (m: MethodInfo) =
                  m.GetBaseDefinition().DeclaringType <> m.DeclaringType

              for m in t.GetMethods flags do
                  if not m.IsSpecialName && not (inherited m) then
                      $"M:{nameOf t}.{m.Name}"

              for p in t.GetProperties flags do
                  $"P:{nameOf t}.{p.Name}" ]
    |> List.distinct

[<Fact>]
let ``every public type, member, union case and record field of the core has a summary`` () =
    Assert.True(wanted.Length > 250, $"only {wanted.Length} names were found")
    let found = documented.Value

    // A union's case without fields is documented as a property or a type, by the compiler's choice.
    let isThere (name: string) =
        found.Contains name || found.Contains("P:" + name.Substring 2)

    let missing = wanted |> List.filter (isThere >> not)
    Assert.True(missing.IsEmpty, String.Join('\n', missing))
