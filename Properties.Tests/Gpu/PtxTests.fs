/// The text that a GPU's driver would get: PTX of every kernel for six generations of processors, and OpenCL C. Both are
/// generated without a device. What the text must not hold is what would make a GPU's bits differ from a CPU's, or a kernel
/// fail to load.
module Initializers.Properties.PtxTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open ILGPU
open ILGPU.Backends.OpenCL
open ILGPU.Runtime.OpenCL
open Xunit
open Xunit.Abstractions

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

    /// A product and a sum apart, which the driver may fuse.
    static member ProductThenSum(target: ArrayView<float32>, a: float32) : unit =
        let i = Grid.GlobalLinearIndex
        target[i] <- target[i] * a + 1.0f

    static member LocalArray(target: ArrayView<float32>, a: int) : unit =
        let table = [| 1.0f; 2.0f; 3.0f; 4.0f |]
        target[Grid.GlobalLinearIndex] <- table[a]

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
              name
      if not (List.isEmpty (Ptx.fusable text)) then
          "a product that only sums read" ]

/// The text of a planted kernel's faults. A backend that refuses the kernel has found the fault too.
let private faultsOfPlanted (name: string) =
    use context = Ptx.context OptimizationLevel.O1

    match typeof<Planted>.GetMethod name with
    | null -> failwith name
    | kernel ->
        try
            faults (Ptx.text context (List.head Ptx.architectures) kernel)
        with e ->
            [ $"refused: {e.GetType().Name}" ]

type PtxTests(output: ITestOutputHelper) =

    [<Fact>]
    member _.``the GPU kernels are these seventeen``() =
        Assert.Equal<string list>(
            [ "Fill"
              for law in [ "List"; "Symmetric"; "TwoSided"; "Uniform" ] do
                  for dtype in [ "BFloat16"; "Float16"; "Float32"; "Float64" ] do
                      law + dtype ],
            Ptx.kernels |> List.map _.Name
        )

    [<Fact>]
    member _.``PTX is for these architectures, each with an instruction set that knows it``() =
        Assert.Equal<(int * int * int * int) list>(
            [ 7, 0, 8, 6; 8, 0, 8, 6; 8, 6, 8, 6; 9, 0, 8, 6; 10, 0, 8, 6; 12, 0, 8, 7 ],
            [ for a, i in Ptx.architectures -> a.Major, a.Minor, i.Major, i.Minor ]
        )

    /// The level of the core's own contexts, and ILGPU's default, which a caller's context may have.
    [<Theory; InlineData(OptimizationLevel.O2); InlineData(OptimizationLevel.O1)>]
    member _.``PTX of every kernel holds nothing that could change bits or fail to load``(level: OptimizationLevel) =
        use context = Ptx.context level

        for architecture, instructionSet in Ptx.architectures do
            for kernel in Ptx.kernels do
                let text = Ptx.text context (architecture, instructionSet) kernel
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
        use context = Ptx.context OptimizationLevel.O2

        for kernel in Ptx.kernels do
            let text = Ptx.entryBody (Ptx.text context (List.head Ptx.architectures) kernel)
            let bits = if isWide kernel then 64 else 32
            let fma = count $@"\bfma\.rn\.f{bits}\b" text
            let wide = count @"\bmul\.wide\.u32\b" text
            let clz = count $@"\bclz\.b{bits}\b" text
            let signed = count $@"\bcvt\.rn\.f{bits}\.s{bits}\b" text
            let unsigned = count $@"\bcvt\.rn\.f{bits}\.u{bits}\b" text
            let lines = text.Split('\n').Length

            output.WriteLine
                $"{kernel.Name}: {fma} fma, {wide} wide products, {clz} clz, {signed} + {unsigned} conversions, {lines} lines"

            let has (part: string) =
                kernel.Name.Contains(part, StringComparison.Ordinal)

            // The formula's own fma an element: 1 for uniform; for a form with a table 1 for y, 6 for the polynomial (16 in
            // float64), 1 for z, 1 for location and scale. A list has all three forms; each narrows by 1 more in float16.
            let table = if isWide kernel then 19 else 9
            let narrowing = if has "Float16" && not (has "BFloat16") then 1 else 0

            let perElement =
                if has "Fill" then 0
                elif has "Uniform" then 1 + narrowing
                elif has "List" then 1 + 2 * table + 3 * narrowing
                else table + narrowing

            Assert.Equal(4 * perElement, fma)

            // Two a round, and as many of addresses as there are.
            if has "Fill" then
                Assert.Equal(0, wide)
            else
                Assert.True(wide >= (if isWide kernel then 4 else 2))

            Assert.Equal(
                (if has "Uniform" || has "Fill" then 0
                 elif has "List" then 8
                 else 4),
                clz
            )

            Assert.Equal(
                (if has "Uniform" || has "Fill" then 0
                 elif has "List" then 8
                 else 4),
                unsigned
            )

            Assert.Equal((if has "Uniform" || has "List" then 4 else 0), signed)

    [<Fact>]
    member _.``every kernel stores whole blocks as vectors, and looks tables up in shared memory``() =
        use context = Ptx.context OptimizationLevel.O2

        for kernel in Ptx.kernels do
            let text = Ptx.entryBody (Ptx.text context (List.head Ptx.architectures) kernel)

            let vectors, store =
                if kernel.Name.EndsWith("Float64", StringComparison.Ordinal) then
                    2, "v2.b64"
                elif kernel.Name.EndsWith("Float16", StringComparison.Ordinal) then
                    1, "v2.b32"
                else
                    1, "v4.b32"

            Assert.Equal(vectors, count $@"\bst\.global\.{Regex.Escape store}\b" text)
            // And one store for an element alone.
            Assert.Equal(1, count @"\bst\.global\.(b|u)(16|32|64)\b" text)

            // A list's tables lie one behind the other, and are cached.
            let looked = count @"\bld\.shared\.f(32|64)\b" text

            if kernel.Name.StartsWith("Symmetric", StringComparison.Ordinal) then
                Assert.Equal((if isWide kernel then 4 * 18 else 4 * 8), looked)
            elif kernel.Name.StartsWith("TwoSided", StringComparison.Ordinal) then
                Assert.Equal((if isWide kernel then 4 * 18 else 4 * 8), looked)
            else
                Assert.Equal(0, looked)

    [<Fact>]
    member _.``registers are those on record``() =
        let recorded = File.ReadAllText(Repository.path Ptx.recordFile)
        Assert.Equal(recorded, Ptx.record ())

    [<Fact>]
    member _.``a kernel that calls the library's fma is rejected``() =
        let found = faultsOfPlanted "LibraryFma"
        output.WriteLine $"{found}"
        Assert.NotEmpty found

    [<Fact>]
    member _.``a product apart from its sum is rejected``() =
        Assert.Contains("a product that only sums read", faultsOfPlanted "ProductThenSum")

    [<Fact>]
    member _.``kernels through float64 and through local memory are rejected``() =
        Assert.Contains("float64", faultsOfPlanted "ThroughFloat64")
        Assert.Contains("float64", faultsOfPlanted "UnsignedToSingle")
        let found = faultsOfPlanted "LocalArray"
        output.WriteLine $"{found}"
        Assert.NotEmpty found

    [<Fact>]
    member _.``OpenCL C of every kernel computes by fma and in float64 only where that is the dtype``() =
        use context = Ptx.context OptimizationLevel.O2

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

        for kernel in Ptx.kernels do
            match Ptx.compile backend kernel with
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
