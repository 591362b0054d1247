namespace Initializers.Kernels

open System.Reflection
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Backends.OpenCL
open ILGPU.Backends.PTX
open ILGPU.IR.Intrinsics

/// PTX for the scalar lane's instructions. ILGPU finds these handlers by name.
[<AbstractClass; Sealed>]
type internal PtxInstructions =
    static member private Emit(generator: PTXCodeGenerator, value: IR.Value, instruction: string, operands: int) =
        let registers =
            [ for i in 0 .. operands - 1 -> generator.LoadPrimitive(IR.Values.ValueReference.op_Implicit value[i]) ]

        let target = generator.AllocateHardware value
        use command = generator.BeginCommand instruction
        command.AppendArgument target

        for register in registers do
            command.AppendArgument register

    static member Fma (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "fma.rn.f32", 3)

    static member MultiplyWide (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "mul.wide.u32", 2)

    static member LeadingZeros (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "clz.b32", 1)

    static member UnsignedToSingle (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "cvt.rn.f32.u32", 1)

    static member SignedToSingle (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "cvt.rn.f32.s32", 1)

    static member FmaDouble (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "fma.rn.f64", 3)

    static member LeadingZerosLong (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "clz.b64", 1)

    static member UnsignedToDouble (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "cvt.rn.f64.u64", 1)

    static member SignedToDouble (_: PTXBackend) (g: PTXCodeGenerator) (v: IR.Value) : unit =
        PtxInstructions.Emit(g, v, "cvt.rn.f64.s64", 1)

/// OpenCL C for the scalar lane's instructions. Every operand is a variable of ILGPU's, whose integers are signed.
[<AbstractClass; Sealed>]
type internal ClInstructions =
    static member private Emit
        (generator: CLCodeGenerator, value: IR.Value, before: string, between: string, after: string)
        =
        let operands =
            [ for i in 0 .. value.Count - 1 -> generator.Load(IR.Values.ValueReference.op_Implicit value[i]) ]

        let target = generator.Allocate value
        use statement = generator.BeginStatement target
        statement.AppendCommand before

        operands
        |> List.iteri (fun i operand ->
            if i > 0 then
                statement.AppendCommand between

            statement.Append operand)

        statement.AppendCommand after

    static member Fma (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "fma(", ", ", ")")

    static member MultiplyWide (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "(ulong)(uint)(", ") * (ulong)(uint)(", ")")

    static member LeadingZeros (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "clz((uint)(", "", "))")

    static member UnsignedToSingle (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "convert_float_rte((uint)(", "", "))")

    static member SignedToSingle (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "convert_float_rte((int)(", "", "))")

    static member FmaDouble (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "fma(", ", ", ")")

    static member LeadingZerosLong (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "(uint)clz((ulong)(", "", "))")

    static member UnsignedToDouble (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "convert_double_rte((ulong)(", "", "))")

    static member SignedToDouble (_: CLBackend) (g: CLCodeGenerator) (v: IR.Value) : unit =
        ClInstructions.Emit(g, v, "convert_double_rte((long)(", "", "))")

/// Registration of the intrinsics, and memory of who has them.
module internal Intrinsics =
    let private enabled = ConditionalWeakTable<IntrinsicImplementationManager, obj>()

    let enable (builder: Context.Builder) =
        let manager = IR.IRContextExtensions.GetIntrinsicManager builder

        for source in typeof<Instructions>.GetMethods(BindingFlags.Static ||| BindingFlags.Public) do
            manager.RegisterMethod(
                source,
                PTXIntrinsic(typeof<PtxInstructions>, source.Name, IntrinsicImplementationMode.GenerateCode)
            )

            manager.RegisterMethod(
                source,
                CLIntrinsic(typeof<ClInstructions>, source.Name, IntrinsicImplementationMode.GenerateCode)
            )

        enabled.AddOrUpdate(manager, obj ())
        builder

    let isEnabled (context: Context) =
        let mutable value: obj = Unchecked.defaultof<obj>
        enabled.TryGetValue(IR.IRContextExtensions.GetIntrinsicManager context, &value)
