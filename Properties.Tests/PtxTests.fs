/// The text that a GPU's driver would get: PTX of every kernel for five generations of processors, and OpenCL C. Both are
/// generated without a device. What the text must not hold is what would make a GPU's bits differ from a CPU's, or a kernel
/// fail to load.
module Initializers.Properties.PtxTests

open System
open System.Reflection
open System.Text.RegularExpressions
open ILGPU
open ILGPU.Backends
open ILGPU.Backends.EntryPoints
open ILGPU.Backends.OpenCL
open ILGPU.Backends.PTX
open ILGPU.IR.Intrinsics
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open ILGPU.Runtime.OpenCL
open Xunit
open Xunit.Abstractions
open Initializers.Kernels

/// Architectures with the first instruction set that knows each, none below 8.6: ILGPU would pair any two.
let private architectures =
    [ CudaArchitecture.SM_70, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_80, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_90, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_100, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_120, CudaInstructionSet.ISA_87 ]

/// Every method of Kernels that a GPU is given: it returns nothing, takes a view first, and is no intrinsic.
let private kernels =
    typeof<Kernels>
        .GetMethods(
            BindingFlags.Static
            ||| BindingFlags.Public
            ||| BindingFlags.NonPublic
            ||| BindingFlags.DeclaredOnly
        )
    |> Array.filter (fun m ->
        let parameters = m.GetParameters()

        m.ReturnType = typeof<Void>
        && not m.IsPrivate
        && not (m.IsDefined typeof<IntrinsicImplementationAttribute>)
        && parameters.Length > 0
        && parameters[0].ParameterType.IsGenericType
        && parameters[0].ParameterType.GetGenericTypeDefinition() =
            typeof<ArrayView<float32>>.GetGenericTypeDefinition())
    |> Array.sortBy _.Name
    |> List.ofArray

/// Kernels that show that the checks find what they look for.
type Planted =
    /// The trap: on the CPU accelerator this works.
    static member LibraryFma(target: ArrayView<float32>, a: float32) : unit =
        let i = Grid.GlobalLinearIndex
        target[i] <- MathF.FusedMultiplyAdd(target[i], a, 1.0f)

    static member ThroughFloat64(target: ArrayView<float32>, a: float32) : unit =
        let i = Grid.GlobalLinearIndex
        target[i] <- float32 (float target[i] * float a)

    static member UnsignedToSingle(target: ArrayView<float32>, a: uint32) : unit =
        target[Grid.GlobalLinearIndex] <- float32 a

    static member LocalArray(target: ArrayView<float32>, a: int) : unit =
        let table = [| 1.0f; 2.0f; 3.0f; 4.0f |]
        target[Grid.GlobalLinearIndex] <- table[a]

let private context () =
    Context.Create(fun builder -> (Intrinsics.enable builder).CPU(CPUDevice(2, 1, 1)) |> ignore)

let private compile (backend: Backend) (kernel: MethodInfo) =
    let entry = EntryPointDescription.FromExplicitlyGroupedKernel kernel
    let specialization = KernelSpecialization.Empty
    backend.Compile(&entry, &specialization)

let private ptx (context: Context) (architecture, instructionSet) kernel =
    use backend =
        new PTXBackend(
            context,
            CudaCapabilityContext architecture,
            architecture,
            instructionSet,
            Unchecked.defaultof<NvvmAPI>
        )

    match compile backend kernel with
    | :? PTXCompiledKernel as compiled -> compiled.PTXAssembly
    | other -> failwith $"{other}"

let private count (pattern: string) (text: string) = Regex.Count(text, pattern)

/// What PTX of a kernel must not hold, float64 only where it is the dtype. `add` and `sub` are here because the driver may
/// fuse them with a product.
let private forbidden =
    [ "a call", @"\bcall\b|\.extern\b"
      "local memory", @"\.local\b"
      "float64", @"\.f64\b|%fd\d"
      "an approximate instruction", @"\.approx\b"
      "flushing of subnormals", @"\.ftz\b"
      "an addition outside fma", @"\b(add|sub)(\.\w+)*\.f(32|64)\b"
      "division, root or transcendental", @"\b(div|sqrt|rsqrt|rcp|ex2|lg2|sin|cos|tanh)(\.\w+)*\.f(16|32|64)\b"
      "half arithmetic", @"\.(b?f16|bf16x2|f16x2)\b" ]

/// Whether a kernel's elements are float64.
let private isWide (kernel: MethodInfo) =
    kernel.Name.EndsWith("Float64", StringComparison.Ordinal)

let private faults text =
    [ for name, pattern in forbidden do
          if count pattern text > 0 then
              name ]

/// The text of a planted kernel's faults. A backend that refuses the kernel has found the fault too.
let private faultsOfPlanted (name: string) =
    use context = context ()

    match typeof<Planted>.GetMethod name with
    | null -> failwith name
    | kernel ->
        try
            faults (ptx context (List.head architectures) kernel)
        with e ->
            [ $"refused: {e.GetType().Name}" ]

type PtxTests(output: ITestOutputHelper) =

    [<Fact>]
    member _.``the GPU kernels are these nineteen``() =
        Assert.Equal<string list>(
            [ "FillDoubles"
              "FillHalves"
              "FillWords"
              "NormalBFloat16"
              "NormalFloat16"
              "NormalFloat32"
              "NormalFloat64"
              "SymmetricBFloat16"
              "SymmetricFloat16"
              "SymmetricFloat32"
              "SymmetricFloat64"
              "TwoSidedBFloat16"
              "TwoSidedFloat16"
              "TwoSidedFloat32"
              "TwoSidedFloat64"
              "UniformBFloat16"
              "UniformFloat16"
              "UniformFloat32"
              "UniformFloat64" ],
            kernels |> List.map _.Name
        )

    [<Fact>]
    member _.``PTX of every kernel holds nothing that could change bits or fail to load``() =
        use context = context ()

        for architecture, instructionSet in architectures do
            for kernel in kernels do
                let text = ptx context (architecture, instructionSet) kernel
                // ILGPU 1.5.3 writes sm_80 for every later architecture; drivers compile that forward.
                let target = min 80 (10 * architecture.Major + architecture.Minor)
                Assert.Matches($@"\.version {instructionSet.Major}\.{instructionSet.Minor}\b", text)
                Assert.Matches($@"\.target sm_{target}\b", text)

                let found =
                    faults text
                    |> List.filter (fun fault -> not (isWide kernel && fault = "float64"))

                Assert.True(found.IsEmpty, $"{kernel.Name} for {architecture}: {found}")

    [<Fact>]
    member _.``PTX of every kernel holds the instructions that it is made of``() =
        use context = context ()

        for kernel in kernels do
            let text = ptx context (List.head architectures) kernel
            let bits = if isWide kernel then 64 else 32
            let fma = count $@"\bfma\.rn\.f{bits}\b" text
            let wide = count @"\bmul\.wide\.u32\b" text
            let clz = count $@"\bclz\.b{bits}\b" text
            let signed = count $@"\bcvt\.rn\.f{bits}\.s{bits}\b" text
            let unsigned = count $@"\bcvt\.rn\.f{bits}\.u{bits}\b" text
            let lines = text.Split('\n').Length

            output.WriteLine
                $"{kernel.Name}: {fma} fma, {wide} wide products, {clz} clz, {signed} + {unsigned} conversions, {lines} lines"

            // A block's four elements, each with the formula's own fma: 1 for uniform; for normal 1 for y, 6 for the
            // polynomial (16 in float64), 1 for z, 1 for mean and stddev; 1 more for float16's subnormals.
            let perElement =
                match kernel.Name with
                | "UniformFloat32"
                | "UniformFloat64"
                | "UniformBFloat16" -> 1
                | "UniformFloat16" -> 2
                | "NormalFloat32"
                | "NormalBFloat16" -> 9
                | "NormalFloat16" -> 10
                | "SymmetricFloat32"
                | "SymmetricBFloat16"
                | "TwoSidedFloat32"
                | "TwoSidedBFloat16" -> 9
                | "SymmetricFloat16"
                | "TwoSidedFloat16" -> 10
                | "NormalFloat64"
                | "SymmetricFloat64"
                | "TwoSidedFloat64" -> 19
                | _ -> 0

            Assert.Equal(4 * perElement, fma)

            if perElement > 0 then
                Assert.True(wide >= 2 && wide % 2 = 0)
            else
                Assert.Equal(0, wide)

            if kernel.Name.StartsWith("Normal", StringComparison.Ordinal) then
                Assert.Equal(4, clz)
                Assert.Equal(4, unsigned)

            if kernel.Name.StartsWith("Uniform", StringComparison.Ordinal) then
                Assert.Equal(4, signed)

    [<Fact>]
    member _.``a kernel that calls the library's fma is rejected``() =
        let found = faultsOfPlanted "LibraryFma"
        output.WriteLine $"{found}"
        Assert.NotEmpty found

    [<Fact>]
    member _.``kernels through float64 and through local memory are rejected``() =
        Assert.Contains("float64", faultsOfPlanted "ThroughFloat64")
        Assert.Contains("float64", faultsOfPlanted "UnsignedToSingle")
        let found = faultsOfPlanted "LocalArray"
        output.WriteLine $"{found}"
        Assert.NotEmpty found

    [<Fact>]
    member _.``OpenCL C of every kernel computes by fma and in float64 only where that is the dtype``() =
        use context = context ()

        let capabilities =
            CLCapabilityContext(
                subGroups = false,
                float16 = false,
                float64 = true,
                int64_Atomics = false,
                genericAddressSpace = true
            )

        use backend =
            new CLBackend(context, capabilities, CLDeviceVendor.Other, CLCVersion.CL20)

        for kernel in kernels do
            match compile backend kernel with
            | :? CLCompiledKernel as compiled ->
                let text = compiled.Source
                let fma = count @"\bfma\(" text
                output.WriteLine $"{kernel.Name}: {fma} fma, {text.Split('\n').Length} lines"
                Assert.Equal(0, count @"\bhalf\b" text)

                if not (isWide kernel) then
                    Assert.Equal(0, count @"\bdouble\b" text)

                Assert.Equal(0, count @"FusedMultiplyAdd|\bmad\(|native_|\bsqrt\(|\blog\(|\bexp\(" text)
                Assert.True(fma >= 4 || kernel.Name.StartsWith("Fill", StringComparison.Ordinal))
            | other -> Assert.Fail $"{other}"
