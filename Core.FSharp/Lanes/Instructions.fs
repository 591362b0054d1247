namespace Initializers.Kernels

open System
open System.Numerics
open System.Runtime.CompilerServices
open ILGPU
open ILGPU.IR.Intrinsics

/// What the scalar lane asks of the processor. On a CPU these bodies run; for PTX and OpenCL, Execution/Gpu/Intrinsics.fs
/// registers the instruction itself, because ILGPU would emit a call of an undefined function (fma), a detour through
/// float64 (uint32 -> float32) or a sequence of instructions (leading zeros).
///
/// NoCompilerInlining is for the F# compiler, which would otherwise put the bodies into the kernels, where ILGPU could no
/// longer see that they are intrinsics. The JIT compiler inlines them.
[<AbstractClass; Sealed>]
type Instructions =
    /// a * b + c, rounded once.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member Fma(a: float32, b: float32, c: float32) : float32 = MathF.FusedMultiplyAdd(a, b, c)

    /// The 64-bit product of two 32-bit words.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member MultiplyWide(a: uint32, b: uint32) : uint64 = uint64 a * uint64 b

    /// The number of zero bits above the highest one; 32 for 0.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member LeadingZeros(a: uint32) : uint32 =
        uint32 (BitOperations.LeadingZeroCount a)

    /// The nearest float32 of an unsigned word, ties to even.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member UnsignedToSingle(a: uint32) : float32 = float32 a

    /// The nearest float32 of a signed word, ties to even.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member SignedToSingle(a: int32) : float32 = float32 a

    /// a * b + c, rounded once.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member FmaDouble(a: float, b: float, c: float) : float = Math.FusedMultiplyAdd(a, b, c)

    /// The number of zero bits above the highest one; 64 for 0.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member LeadingZerosLong(a: uint64) : uint32 =
        uint32 (BitOperations.LeadingZeroCount a)

    /// The nearest float64 of an unsigned word, ties to even.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member UnsignedToDouble(a: uint64) : float = float a

    /// The nearest float64 of a signed word, ties to even.
    [<IntrinsicImplementation; NoCompilerInlining; MethodImpl(MethodImplOptions.AggressiveInlining)>]
    static member SignedToDouble(a: int64) : float = float a
