/// PTX of every GPU kernel, generated without a device, and what can be read from it. The tests and Golden.Tool compile this
/// file, which finds the kernels by reflection.
[<RequireQualifiedAccess>]
module Initializers.Properties.Ptx

open System
open System.Reflection
open System.Text.RegularExpressions
open ILGPU
open ILGPU.Backends
open ILGPU.Backends.EntryPoints
open ILGPU.Backends.PTX
open ILGPU.IR.Intrinsics
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open Initializers

/// Architectures with the first instruction set that knows each, none below 8.6, as ILGPU would pair any two: 7.0 is known
/// from 6.0 on, 8.0 from 7.0, 8.6 from 7.1, 9.0 from 7.8, 10.0 from 8.6 and 12.0 from 8.7 (PTX ISA, release notes).
let architectures =
    [ CudaArchitecture.SM_70, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_80, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_86, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_90, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_100, CudaInstructionSet.ISA_86
      CudaArchitecture.SM_120, CudaInstructionSet.ISA_87 ]

/// Every method of the kernel classes that a GPU is given: it returns nothing, takes a view first and no function, and is
/// no intrinsic.
let kernels: MethodInfo list =
    [ "Kernels"; "ListKernels" ]
    |> List.collect (fun name ->
        match typeof<Tensor>.Assembly.GetType("Initializers.Kernels." + name) with
        | null -> failwith name
        | kernels ->
            kernels.GetMethods(
                BindingFlags.Static
                ||| BindingFlags.Public
                ||| BindingFlags.NonPublic
                ||| BindingFlags.DeclaredOnly
            )
            |> List.ofArray)
    |> List.filter (fun m ->
        let parameters = m.GetParameters()

        m.ReturnType = typeof<Void>
        && not m.IsPrivate
        && not (m.IsDefined typeof<IntrinsicImplementationAttribute>)
        && parameters.Length > 0
        && parameters |> Array.forall _.ParameterType.IsValueType
        && parameters[0].ParameterType.IsGenericType
        && parameters[0].ParameterType.GetGenericTypeDefinition() = typedefof<ArrayView<float32>>)
    |> List.sortBy _.Name

/// A context with the instructions of exact arithmetic, and no GPU.
let context (level: OptimizationLevel) =
    Context.Create(fun builder -> builder.Optimize(level).EnableInitializers().CPU(CPUDevice(2, 1, 1)) |> ignore)

let compile (backend: Backend) (kernel: MethodInfo) =
    let entry = EntryPointDescription.FromExplicitlyGroupedKernel kernel
    let specialization = KernelSpecialization.Empty
    backend.Compile(&entry, &specialization)

/// The text that the driver would get.
let text (context: Context) (architecture, instructionSet) kernel =
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

/// The body of the kernel itself, without those of the intrinsics, which ILGPU writes down though none is called.
let entryBody (text: string) =
    let start = text.IndexOf(".entry", StringComparison.Ordinal)

    if start < 0 then
        failwith "no entry"
    else
        text.Substring start

/// Virtual registers by type, as declared in the kernel's body: predicates, 32 and 64 bits of integers, float32, float64. The
/// assembler assigns real ones by live range, so these bound what a kernel can need from above, and tell of changes.
let registers (text: string) : (string * int) list =
    let declared = Regex.Matches(entryBody text, @"\.reg \.(\w+)\s+%\w+<(\d+)>")

    [ for kind in [ "pred"; "b32"; "b64"; "f32"; "f64" ] ->
          kind,
          declared
          |> Seq.sumBy (fun m ->
              if m.Groups[1].Value = kind then
                  int m.Groups[2].Value - 1
              else
                  0) ]

/// Real registers of 32 bits that a kernel needs at least, where most values are alive: the number alive after each
/// instruction, in the order of the text, a value being alive from its first appearance to its last. Loops are taken as
/// straight lines, except that what is alive at a jump backwards stays so.
let pressure (text: string) : int =
    let lines = (entryBody text).Split '\n'
    let register = Regex @"%(r|rd|f|fd)\d+\b"
    let spans = Collections.Generic.Dictionary<string, struct (int * int)>()
    let labels = Collections.Generic.Dictionary<string, int>()

    lines
    |> Array.iteri (fun i line ->
        let label = Regex.Match(line, @"^\s*(\w+):")

        if label.Success then
            labels[label.Groups[1].Value] <- i

        if not (line.Contains ".reg") then
            for name in register.Matches line do
                let struct (first, _) =
                    match spans.TryGetValue name.Value with
                    | true, span -> span
                    | _ -> struct (i, i)

                spans[name.Value] <- struct (first, i))

    let backward =
        [ for i in 0 .. lines.Length - 1 do
              let jump = Regex.Match(lines[i], @"\bbra(\.uni)?\s+(\w+)")

              if jump.Success then
                  match labels.TryGetValue jump.Groups[2].Value with
                  | true, target when target <= i -> target, i
                  | _ -> () ]

    let alive = Array.zeroCreate<int> lines.Length

    for KeyValue(name, struct (first, last)) in spans do
        let last =
            (last, backward)
            ||> List.fold (fun last (target, jump) ->
                if first < target && last >= target then
                    max last jump
                else
                    last)

        let width =
            if name.StartsWith "%rd" || name.StartsWith "%fd" then
                2
            else
                1

        for i in first..last do
            alive[i] <- alive[i] + width

    Array.max alive

/// Products of floats that only sums read, which a driver may fuse into an fma that rounds once.
let fusable (text: string) : string list =
    let operations =
        [ for line in text.Split '\n' do
              let m = Regex.Match(line, @"^\s*(?:@!?%p\d+\s+)?([a-z][\w.]*)\s+(%\w+)\s*,(.*);")

              if m.Success then
                  m.Groups[1].Value,
                  m.Groups[2].Value,
                  line,
                  set [ for r in Regex.Matches(m.Groups[3].Value, @"%\w+") -> r.Value ] ]

    let isFloat (operation: string) (name: string) =
        Regex.IsMatch(operation, $@"^{name}(\.\w+)*\.f(16|32|64)$")

    [ for operation, target, line, _ in operations do
          // An explicit rounding keeps a product whole: .rn is never fused.
          if isFloat operation "mul" then
              let readers =
                  [ for other, _, _, sources in operations do
                        if sources.Contains target then
                            other ]

              if
                  not readers.IsEmpty
                  && readers |> List.forall (fun r -> isFloat r "add" || isFloat r "sub")
              then
                  line.Trim() ]

/// The folder and name of the record of registers, below the repository's root.
let recordFile = "Properties.Tests/ptx/registers.txt"

/// A line for each kernel: virtual registers by type, and the most alive at once.
let record () : string =
    use context = context OptimizationLevel.O2

    let lines =
        [ for kernel in kernels ->
              let text = text context (List.head architectures) kernel

              let counts =
                  registers text
                  |> List.map (fun (kind, n) -> $"{n, 4} {kind}")
                  |> String.concat " "

              $"{kernel.Name, -18}{counts}  alive {pressure text, 3}" ]

    String.concat
        "\n"
        [ "Virtual registers of each GPU kernel's PTX by type, and how many of 32 bits are alive at once at most."
          "Written by: dotnet run -c Release --project Golden.Tool -- registers"
          ""
          yield! lines
          "" ]
