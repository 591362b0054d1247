namespace Initializers.Kernels

open System.Runtime.CompilerServices
open ILGPU
open ILGPU.Backends.OpenCL
open ILGPU.Runtime
open ILGPU.Runtime.CPU
open ILGPU.Runtime.Cuda
open ILGPU.Runtime.OpenCL
open Initializers.FSharp

/// ILGPU's contexts and devices, each made at its first use and kept for the life of the process. What failed to start is
/// tried again at the next use.
[<AbstractClass; Sealed>]
type internal Accelerators private () =
    static let cpu =
        LazyValue<Accelerator>(fun () ->
            (let context =
                Context.Create(fun b -> (Intrinsics.enable b).CPU(CPUDevice(2, 1, 1)) |> ignore)

             context.GetCPUDevice(0).CreateAccelerator context))

    /// O2 is what tells ILGPU's backends that a kernel's views are of global memory, and their OpenCL C needs the generic
    /// address space.
    static let gpuContext =
        LazyValue<Context>(fun () ->
            (Context.Create(fun b ->
                (Intrinsics.enable b)
                    .Optimize(OptimizationLevel.O2)
                    .Cuda()
                    .OpenCL(fun device ->
                        CLCVersion.op_GreaterThanOrEqual (device.CLStdVersion, CLBackend.MinimumVersion)
                        && device.Capabilities.GenericAddressSpace
                        && Accelerators.RoundsAsOthers device)
                |> ignore)))

    static let gpuDevices =
        LazyValue<(string * Device) list>(fun () ->
            (let context = gpuContext.Value

             let cuda = context.GetCudaDevices().Count
             let opencl = context.GetCLDevices().Count

             [ for i in 0 .. cuda - 1 -> $"cuda:{i}", context.GetCudaDevice i :> Device
               for i in 0 .. opencl - 1 -> $"opencl:{i}", context.GetCLDevice i :> Device ]))

    /// Whether this program can use ILGPU, which emits code at run time and finds methods by their names. Publishing ahead of
    /// time or trimmed makes it false (ILLink.Substitutions.xml), and removes the code that it guards.
    [<NoCompilerInlining>]
    static member IsSupported: bool = RuntimeFeature.IsDynamicCodeSupported

    /// Why ILGPU cannot be used where it is not supported.
    static member Refusal: string =
        "this program was published ahead of time or trimmed, where ILGPU, which emits code at run time, does not work; publish it without PublishAot and PublishTrimmed, or use 'cpu', whose tensors need no ILGPU."

    /// CL_FP_DENORM and CL_FP_ROUND_TO_NEAREST of CL_DEVICE_SINGLE_FP_CONFIG: without them an OpenCL device may round float32
    /// as it likes and take subnormals for 0. Any device rounds fma once, and float64 as IEEE 754 says.
    static member RoundsAsOthers(device: CLDevice) : bool =
        let needed = 0b101L

        CLAPI.CurrentAPI.GetDeviceInfo<int64>(device.DeviceId, CLDeviceInfoType.CL_DEVICE_SINGLE_FP_CONFIG)
        &&& needed
            =
            needed

    /// The accelerator of views of the process's own memory.
    static member Cpu: Accelerator = cpu.Value

    /// The GPUs that this machine has, by their names.
    static member Gpus: (string * Device) list =
        if Accelerators.IsSupported then gpuDevices.Value else []

    /// Starts a GPU.
    static member Start(device: Device) : Accelerator =
        device.CreateAccelerator gpuContext.Value
