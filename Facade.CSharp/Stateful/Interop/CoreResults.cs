using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>CoreResults of the core in C# terms.</summary>
internal static class CoreResults
{
    /// <summary>The faults of a result; none when it has a value.</summary>
    internal static IReadOnlyList<Fault> Faults<T>(FSharpResult<T, FSharpList<FSharp.InitError>> result) =>
        result.IsOk ? [] : ToFaults([.. result.ErrorValue]);

    /// <summary>Faults of the core, each once.</summary>
    internal static IReadOnlyList<Fault> ToFaults(FSharp.InitError[] faults) =>
        ToFault(FSharp.FaultReport.OfFaults(ListModule.OfSeq(faults)));

    /// <summary>The value of a result, or its faults as an exception.</summary>
    internal static T Unwrap<T>(FSharpResult<T, FSharpList<FSharp.InitError>> result) =>
        result.IsOk ? result.ResultValue : throw Exception([.. result.ErrorValue]);

    /// <summary>The one place where faults of the core become an exception.</summary>
    internal static InitializerException Exception(params FSharp.InitError[] faults) =>
        new(
            ToFault(FSharp.FaultReport.OfFaults(ListModule.OfSeq(faults))),
            Array.TrueForAll(faults, fault => fault.IsFaultsOmitted || FSharp.InitErrorModule.IsFailure(fault))
        );

    /// <summary>A fault of the core with its code and text.</summary>
    internal static Fault ToFault(FSharp.InitError fault) =>
        new(FSharp.InitErrorModule.Code(fault), FSharp.InitErrorModule.Message(fault))
        {
            Parameter = fault switch
            {
                FSharp.InitError.ArgumentMissing missing => missing.name,
                FSharp.InitError.ArgumentInvalid invalid => invalid.name,
                _ => null,
            },
        };

    private static Fault[] ToFault(IEnumerable<FSharp.InitError> faults) => [.. faults.Select(ToFault)];
}
