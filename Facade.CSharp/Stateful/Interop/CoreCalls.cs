using System.Numerics.Tensors;
using ILGPU;
using Microsoft.FSharp.Collections;

namespace Initializers.Stateful;

/// <summary>Every call of the facade into the core that fills something: arguments in C# terms in, the core's request
/// out.</summary>
internal static class CoreCalls
{
    internal static Tensor Create(
        InitializerSpec spec,
        long[] varShape,
        Device? device,
        Fans fans,
        DType dtype,
        Seed seed
    )
    {
        var target = new FSharp.Target(device ?? Device.Cpu, dtype);
        FSharp.Shape shape = Shape(spec, varShape, fans, target);
        return CoreResults.Unwrap(FSharp.Initialize.Tensor(target, shape, fans.Fan, seed, spec.Spec));
    }

    internal static void Fill<T>(
        Span<T> span,
        DType dtype,
        InitializerSpec spec,
        long[]? varShape,
        long offset,
        Fans fans,
        Seed seed
    )
        where T : unmanaged
    {
        FSharp.Shape shape = Shape(spec, varShape ?? [span.Length], fans, new FSharp.Target(Device.Cpu, dtype));
        CoreResults.Unwrap(FSharp.Initialize.FillSpan(span, offset, shape, fans.Fan, seed, spec.Spec));
    }

    internal static void Fill<T>(
        ArrayView<T> view,
        InitializerSpec spec,
        long[]? varShape,
        long offset,
        Fans fans,
        Seed seed
    )
        where T : unmanaged
    {
        FSharp.Shape shape = Shape(spec, varShape ?? [view.Length], fans, HostTarget<T>());
        CoreResults.Unwrap(FSharp.Initialize.FillView(view, offset, shape, fans.Fan, seed, spec.Spec));
    }

    internal static void Fill(HostMemory memory, InitializerSpec spec, long[]? varShape, Fans fans, Seed seed)
    {
        FSharpList<long> sizes = ListModule.OfSeq(varShape ?? memory.Shape);
        if (spec.Faults.IsEmpty && fans.Faults.IsEmpty)
        {
            CoreResults.Unwrap(FSharp.Initialize.FillMemory(memory, sizes, fans.Fan, seed, spec.Spec));
            return;
        }

        var request = new FSharp.MemoryRequest("", Readable(spec, fans), sizes, fans.Fan, seed, memory);
        IEnumerable<FSharp.InitError> faults =
        [
            .. ArgumentFaults("", spec, fans, sizes, memory.DType ?? DType.Float64),
            .. FSharp.Initialize.FaultsOfAll([request]),
        ];
        // A single tensor has no name.
        throw CoreResults.Exception([
            .. faults.Select(fault => fault is FSharp.InitError.InTensor named ? named.fault : fault).Distinct(),
        ]);
    }

    internal static void Fill<T>(TensorSpan<T> span, InitializerSpec spec, Fans fans, Seed seed)
        where T : unmanaged
    {
        Shape(spec, [.. span.Lengths], fans, HostTarget<T>());
        CoreResults.Unwrap(FSharp.Initialize.FillTensorSpan(span, fans.Fan, seed, spec.Spec));
    }

    internal static Tensor CreatePart(
        InitializerSpec spec,
        long[] varShape,
        Box box,
        Device? device,
        Fans fans,
        DType dtype,
        Seed seed
    )
    {
        var target = new FSharp.Target(device ?? Device.Cpu, dtype);
        FSharp.Shape shape = Shape(spec, varShape, fans, target, box);
        return CoreResults.Unwrap(FSharp.Part.Tensor(box.Value, target, shape, fans.Fan, seed, spec.Spec));
    }

    internal static void FillPart<T>(Span<T> span, InitializerSpec spec, long[] varShape, Box box, Fans fans, Seed seed)
        where T : unmanaged
    {
        FSharp.Shape shape = Shape(spec, varShape, fans, HostTarget<T>(), box);
        CoreResults.Unwrap(FSharp.Part.FillSpan(span, box.Value, shape, fans.Fan, seed, spec.Spec));
    }

    internal static void FillPart<T>(
        ArrayView<T> view,
        InitializerSpec spec,
        long[] varShape,
        Box box,
        Fans fans,
        Seed seed
    )
        where T : unmanaged
    {
        FSharp.Shape shape = Shape(spec, varShape, fans, HostTarget<T>(), box);
        CoreResults.Unwrap(FSharp.Part.FillView(view, box.Value, shape, fans.Fan, seed, spec.Spec));
    }

    /// <summary>The target of memory whose elements have a type. Only a wrong shape's other faults depend on it; elements of a
    /// wrong type are the request's own fault.</summary>
    private static FSharp.Target HostTarget<T>()
    {
        DType dtype =
            typeof(T) == typeof(double) ? DType.Float64
            : typeof(T) == typeof(BFloat16) ? DType.BFloat16
            : typeof(T) == typeof(System.Half) || typeof(T) == typeof(ILGPU.Half) ? DType.Float16
            : DType.Float32;
        return new FSharp.Target(Device.Cpu, dtype);
    }

    /// <summary>Every fault of a request, without a device.</summary>
    internal static IReadOnlyList<Fault> Faults(InitializerSpec spec, long[] varShape, Fans fans, DType dtype) =>
        CoreResults.ToFaults([
            .. spec.Faults,
            .. fans.Faults,
            .. FSharp.Initialize.FaultsOf(
                new FSharp.Target(Device.Cpu, dtype),
                fans.Readable,
                spec.Right,
                ListModule.OfSeq(varShape)
            ),
        ]);

    internal static Distribution Distribution(InitializerSpec spec, long[] varShape, Fans fans)
    {
        FSharp.Shape shape = Shape(spec, varShape, fans, new FSharp.Target(Device.Cpu, DType.Float64));
        return new Distribution(CoreResults.Unwrap(FSharp.DistributionModule.Resolve(spec.Spec, shape, fans.Fan)));
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
                    new FSharp.TensorRequest(
                        variable.Name,
                        Readable(spec, variable.Fans),
                        ListModule.OfSeq(variable.Shape),
                        variable.Fans.Fan
                    )
            )
        );
        FSharp.InitError[] wrong =
        [
            .. variables
                .Zip(specs)
                .SelectMany(pair =>
                    ArgumentFaults(
                        pair.First.Name,
                        pair.Second,
                        pair.First.Fans,
                        ListModule.OfSeq(pair.First.Shape),
                        dtype
                    )
                ),
        ];
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
        bool right =
            names.IsEmpty
            && Array.TrueForAll(specs, spec => spec.Faults.IsEmpty)
            && Array.TrueForAll(variables, variable => variable.Fans.Faults.IsEmpty);
        var requests = new FSharp.MemoryRequest[variables.Length];
        for (int i = 0; i < requests.Length; i++)
        {
            MemoryRequest variable = variables[i];
            requests[i] = new FSharp.MemoryRequest(
                variable.Name,
                Readable(specs[i], variable.Fans),
                variable.Dims,
                variable.Fans.Fan,
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
            .. variables
                .Zip(specs)
                .SelectMany(pair =>
                    ArgumentFaults(
                        pair.First.Name,
                        pair.Second,
                        pair.First.Fans,
                        pair.First.Dims,
                        pair.First.Memory.DType ?? DType.Float64
                    )
                ),
            .. FSharp.Initialize.FaultsOfAll(requests),
        ]);
    }

    /// <summary>The spec of a request, or one that reads no fans if they could not be read, to find the other faults.</summary>
    private static FSharp.Spec Readable(InitializerSpec spec, Fans fans) =>
        fans.Faults.IsEmpty ? spec.Right : FSharp.Spec.NewConstant(0);

    /// <summary>The faults of a variable's arguments, each with its name: of numbers that the spec was made of and of a text of
    /// fans; for an unreadable text, the spec's faults that do not depend on the fans.</summary>
    private static IEnumerable<FSharp.InitError> ArgumentFaults(
        string name,
        InitializerSpec spec,
        Fans fans,
        FSharpList<long> sizes,
        DType dtype
    )
    {
        IEnumerable<FSharp.InitError> faults = spec.Faults;
        if (!fans.Faults.IsEmpty)
        {
            var target = new FSharp.Target(Device.Cpu, dtype);
            faults =
            [
                .. faults,
                .. fans.Faults,
                .. FSharp.Initialize.FaultsOf(target, fans.Readable, spec.Right, sizes),
            ];
        }

        return faults.Select(fault => FSharp.InitError.NewInTensor(name, fault));
    }

    // Where all arguments can be read, the request itself reports every fault.
    private static FSharp.Shape Shape(
        InitializerSpec spec,
        long[] varShape,
        Fans fans,
        FSharp.Target target,
        Box? box = null
    )
    {
        FSharpList<long> sizes = ListModule.OfSeq(varShape);
        var shape = FSharp.ShapeModule.OfList(sizes);
        return shape.IsOk && spec.Faults.IsEmpty && fans.Faults.IsEmpty
            ? shape.ResultValue
            : throw CoreResults.Exception([
                .. spec.Faults,
                .. fans.Faults,
                .. FSharp.Initialize.FaultsOf(target, fans.Readable, spec.Right, sizes),
                .. box is null || shape.IsError
                    ? FSharpList<FSharp.InitError>.Empty
                    : BoxFaults(shape.ResultValue, box),
            ]);
    }

    private static FSharpList<FSharp.InitError> BoxFaults(FSharp.Shape shape, Box box)
    {
        var part = FSharp.BoxModule.ShapeIn(shape, box.Value);
        return part.IsOk ? FSharpList<FSharp.InitError>.Empty : part.ErrorValue;
    }
}
