namespace Initializers.FSharp

open System

type InitBuilder internal () =
    member _.Bind(result: Result<'a, InitError list>, next: 'a -> Result<'b, InitError list>) = Result.bind next result
    member _.BindReturn(result: Result<'a, InitError list>, map: 'a -> 'b) = Result.map map result
    member _.MergeSources(first, second) = Validation.both first second
    member _.Return(value: 'a) : Result<'a, InitError list> = Ok value
    member _.ReturnFrom(result: Result<'a, InitError list>) = result
    member _.Zero() : Result<unit, InitError list> = Ok()

    member _.Using
        (resource: 'a, next: 'a -> Result<'b, InitError list>)
        : Result<'b, InitError list> when 'a :> IDisposable =
        use resource = resource
        next resource

[<AutoOpen>]
module InitExpression =
    [<CompiledName "Init">]
    let init = InitBuilder()

/// <summary><c>init</c> for the core, which also takes a list of faults as a result without a value:
/// <c>let! () = faults</c>.</summary>
[<Sealed>]
type internal ValidationBuilder() =
    inherit InitBuilder()
    member _.Source(result: Result<'a, InitError list>) = result
    member _.Source(faults: InitError list) : Result<unit, InitError list> = Validation.ofFaults faults ()

[<AutoOpen>]
module internal ValidationSyntax =
    let validation = ValidationBuilder()
