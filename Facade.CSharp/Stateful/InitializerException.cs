#pragma warning disable CS1591
namespace Initializers.Stateful;

public readonly record struct Fault(string Code, string Message);

public sealed class InitializerException(System.Collections.Generic.IReadOnlyList<Fault> faults, bool isFailure)
    : System.Exception
{
    public System.Collections.Generic.IReadOnlyList<Fault> Faults { get; } = faults;
    public bool IsFailure { get; } = isFailure;
}

internal static class Results
{
    internal static System.Collections.Generic.IReadOnlyList<Fault> Faults<T>(
        Microsoft.FSharp.Core.FSharpResult<T, Microsoft.FSharp.Collections.FSharpList<Initializers.FSharp.InitError>> r
    ) =>
        r.IsOk
            ? []
            : System.Linq.Enumerable.ToArray(
                System.Linq.Enumerable.Select(
                    r.ErrorValue,
                    e => new Fault(
                        Initializers.FSharp.InitErrorModule.Code(e),
                        Initializers.FSharp.InitErrorModule.Message(e)
                    )
                )
            );

    internal static T Unwrap<T>(
        Microsoft.FSharp.Core.FSharpResult<T, Microsoft.FSharp.Collections.FSharpList<Initializers.FSharp.InitError>> r
    ) =>
        r.IsOk
            ? r.ResultValue
            : throw new InitializerException(
                System.Linq.Enumerable.ToArray(
                    System.Linq.Enumerable.Select(
                        r.ErrorValue,
                        e => new Fault(
                            Initializers.FSharp.InitErrorModule.Code(e),
                            Initializers.FSharp.InitErrorModule.Message(e)
                        )
                    )
                ),
                System.Linq.Enumerable.All(r.ErrorValue, Initializers.FSharp.InitErrorModule.IsFailure)
            );
}
