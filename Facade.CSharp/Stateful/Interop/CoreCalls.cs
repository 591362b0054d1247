using ILGPU;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers.Stateful;

/// <summary>Every call of the facade into the core that fills something: arguments in C# terms in, the core's request
/// out.</summary>
internal static class CoreCalls
{
    /// <summary>Fans as numbers; null is a fan not given.</summary>
    internal static FSharp.Fan Fan(double? fanOut, double? fanIn) =>
        FSharp.FanModule.OfOptions(OptionModule.OfNullable(fanIn), OptionModule.OfNullable(fanOut));

    /// <summary>Fans from the shape.</summary>
    internal static FSharp.Fan Fan(Layout layout) => FSharp.Fan.NewFrom(layout);

    /// <summary>Fans from the shape, by the roles of its axes.</summary>
    internal static FSharp.Fan Fan(FanAxes axes) => FSharp.Fan.NewAxes(axes);

    internal static Tensor Create(
        InitializerSpec spec,
        long[] varShape,
        Device? device,
        FSharp.Fan fan,
        DType dtype,
        Seed seed
    )
    {
        var target = new FSharp.Target(device ?? Device.Cpu, dtype);
        FSharp.Shape shape = Shape(spec, varShape, fan, target);
        return CoreResults.Unwrap(FSharp.Initialize.Tensor(target, shape, fan, seed, spec.Spec));
    }

    internal static void Fill<T>(
        Span<T> span,
        DType dtype,
        InitializerSpec spec,
        long[]? varShape,
        long offset,
        FSharp.Fan fan,
        Seed seed
    )
        where T : unmanaged
    {
        FSharp.Shape shape = Shape(spec, varShape ?? [span.Length], fan, new FSharp.Target(Device.Cpu, dtype));
        CoreResults.Unwrap(FSharp.Initialize.FillSpan(span, offset, shape, fan, seed, spec.Spec));
    }

    internal static void Fill<T>(
        ArrayView<T> view,
        InitializerSpec spec,
        long[]? varShape,
        long offset,
        FSharp.Fan fan,
        Seed seed
    )
        where T : unmanaged
    {
        // Only a wrong shape's other faults depend on it; elements of a wrong type are the request's own fault.
        DType dtype =
            typeof(T) == typeof(double) ? DType.Float64
            : typeof(T) == typeof(BFloat16) ? DType.BFloat16
            : typeof(T) == typeof(System.Half) || typeof(T) == typeof(ILGPU.Half) ? DType.Float16
            : DType.Float32;
        FSharp.Shape shape = Shape(spec, varShape ?? [view.Length], fan, new FSharp.Target(Device.Cpu, dtype));
        CoreResults.Unwrap(FSharp.Initialize.FillView(view, offset, shape, fan, seed, spec.Spec));
    }

    internal static VariableDictionary CreateAll(
        IReadOnlyList<TensorRequest> variables,
        Device? device,
        DType dtype,
        Seed seed
    )
    {
        var target = new FSharp.Target(device ?? Device.Cpu, dtype);
        InitializerSpec[] specs = [.. variables.Select(variable => variable.Initializer.Given)];
        FSharpList<FSharp.TensorRequest> requests = ListModule.OfSeq(
            variables.Zip(
                specs,
                (variable, spec) =>
                    new FSharp.TensorRequest(variable.Name, spec.Right, ListModule.OfSeq(variable.Shape), variable.Fan)
            )
        );
        FSharp.InitError[] wrong = [.. OwnFaults(variables.Select(variable => variable.Name), specs)];
        if (wrong.Length > 0)
        {
            throw CoreResults.Exception([.. wrong, .. FSharp.Initialize.FaultsOfTensors(target, requests)]);
        }

        return new VariableDictionary(
            variables.Select(variable => variable.Name),
            CoreResults.Unwrap(FSharp.Initialize.Tensors(target, seed, requests))
        );
    }

    internal static void FillAll(MemoryRequest[] variables, Seed seed)
    {
        InitializerSpec[] specs = Array.ConvertAll(variables, variable => variable.Initializer.Given);
        FSharpList<FSharp.InitError> names = MemoryRequest.Names(variables, seed);
        bool right = names.IsEmpty && Array.TrueForAll(specs, spec => spec.Faults.IsEmpty);
        var requests = new FSharp.MemoryRequest[variables.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            MemoryRequest variable = variables[i];
            requests[i] = new FSharp.MemoryRequest(
                variable.Name,
                specs[i].Right,
                variable.Dims,
                variable.Fan,
                right ? variable.ChildOf(seed) : new Seed(seed.Key, (ulong)i),
                variable.Memory
            );
        }

        if (right)
        {
            CoreResults.Unwrap(FSharp.Initialize.FillAll(requests));
            return;
        }

        throw CoreResults.Exception([
            .. names,
            .. OwnFaults(variables.Select(variable => variable.Name), specs),
            .. FSharp.Initialize.FaultsOfAll(requests),
        ]);
    }

    /// <summary>What specs know of themselves to be wrong, each fault in its variable.</summary>
    private static IEnumerable<FSharp.InitError> OwnFaults(
        IEnumerable<string> names,
        IEnumerable<InitializerSpec> specs
    ) =>
        names
            .Zip(specs)
            .SelectMany(pair => pair.Second.Faults, (pair, fault) => FSharp.InitError.NewInTensor(pair.First, fault));

    // Where the sizes are right, the request itself reports every other fault.
    private static FSharp.Shape Shape(InitializerSpec spec, long[] varShape, FSharp.Fan fan, FSharp.Target target)
    {
        FSharpList<long> sizes = ListModule.OfSeq(varShape);
        var shape = FSharp.ShapeModule.OfList(sizes);
        if (shape.IsOk && spec.Faults.IsEmpty)
        {
            return shape.ResultValue;
        }

        var whole = FSharp.Initialize.Validate(target, fan, spec.Right, sizes);
        return spec.Faults.IsEmpty
            ? CoreResults.Unwrap(whole)
            : throw CoreResults.Exception([
                .. spec.Faults,
                .. whole.IsOk ? FSharpList<FSharp.InitError>.Empty : whole.ErrorValue,
            ]);
    }
}
