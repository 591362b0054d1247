namespace Initializers.FSharp

open System

/// <summary>The builder of <c>init { … }</c>, which collects the faults of several calls.</summary>
type InitBuilder =
    internal new: unit -> InitBuilder

    /// <summary>Continues with the value of a result, or stops at its faults: <c>let!</c>.</summary>
    member Bind:
        result: Result<'a, InitError list> * next: ('a -> Result<'b, InitError list>) -> Result<'b, InitError list>

    /// <summary>Maps the value of a result: <c>let!</c> before a <c>return</c>.</summary>
    member BindReturn: result: Result<'a, InitError list> * map: ('a -> 'b) -> Result<'b, InitError list>

    /// <summary>Both values, or the faults of the first followed by those of the second: <c>and!</c>.</summary>
    member MergeSources:
        first: Result<'a, InitError list> * second: Result<'b, InitError list> -> Result<'a * 'b, InitError list>

    /// <summary>A value without faults: <c>return</c>.</summary>
    member Return: value: 'a -> Result<'a, InitError list>

    /// <summary>Returns a result unchanged: <c>return!</c>.</summary>
    member ReturnFrom: result: Result<'a, InitError list> -> Result<'a, InitError list>

    /// <summary>No value and no faults: the end of an expression without <c>return</c>.</summary>
    member Zero: unit -> Result<unit, InitError list>

    /// <summary>Disposes a resource, such as a tensor, at the end of the expression: <c>use</c> and <c>use!</c>.</summary>
    member Using:
        resource: 'a * next: ('a -> Result<'b, InitError list>) -> Result<'b, InitError list> when 'a :> IDisposable

/// <summary>The expression <c>init { … }</c>.</summary>
[<AutoOpen>]
module InitExpression =
    /// <summary>Builds a result from others. Calls joined by <c>and!</c> all run, and their faults are collected in order.
    /// Calls after a <c>let!</c> run only if everything before them has a value.</summary>
    /// <returns><c>Result&lt;_, InitError list&gt;</c>: the value of <c>return</c>, or the faults.</returns>
    /// <example><code>init {
    ///     let! shape = Shape.parse "512,256"
    ///     and! spec = Spec.parse "he_normal"
    ///     and! layout = Layout.parse "oi"
    ///     return! Initialize.tensor Target.cpu shape (Fan.From layout) (Seed.ofUInt64 42UL) spec
    /// }</code></example>
    [<CompiledName "Init">]
    val init: InitBuilder

/// <summary><c>init</c> for the core, which also takes a list of faults as a result without a value:
/// <c>let! () = faults</c>.</summary>
[<Sealed>]
type internal ValidationBuilder =
    inherit InitBuilder
    new: unit -> ValidationBuilder
    member Source: result: Result<'a, InitError list> -> Result<'a, InitError list>
    member Source: faults: InitError list -> Result<unit, InitError list>

[<AutoOpen>]
module internal ValidationSyntax =
    val validation: ValidationBuilder
