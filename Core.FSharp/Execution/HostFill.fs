namespace Initializers.Kernels

open Initializers
open Initializers.FSharp

/// Fills memory of the caller, with or without strides.
[<RequireQualifiedAccess>]
module internal HostFill =
    /// The faults of a memory and of a request's sizes that depend on nothing else.
    let layoutFaults (memory: HostMemory) (dims: int64 list) : InitError list =
        match memory.Layout with
        | ValueSome layout ->
            layout.Faults
            @ Validation.check (InitError.Memory(MemoryFault.ShapeDiffers(layout.Dims, dims))) (layout.Dims = dims)
        | ValueNone -> []

    /// The faults of filling a memory by a plan.
    let fillFaults (memory: HostMemory) (plan: Plan) : InitError list =
        match memory.Layout with
        | ValueSome layout -> StridedFill.faults plan layout.Axes
        | ValueNone ->
            Validation.check (InitError.MemoryLength(memory.Length, plan.Length)) (memory.Length = plan.Length)

    /// The plan of a request that fills a memory, from its dtype, or every fault of both. Memory whose type has no dtype is
    /// planned as float32, to find the other faults.
    let planned (memory: HostMemory) (dims: int64 list) (plan: DType -> Result<Plan, InitError list>) =
        let typeFaults, dtype =
            match memory.KnownDType with
            | ValueSome dtype -> [], dtype
            | ValueNone -> [ InitError.ElementType(memory.Elements.Name, DType.Float32) ], DType.Float32

        let layoutFaults = layoutFaults memory dims

        let fitted =
            validation {
                let! plan = plan dtype
                let! () = if layoutFaults.IsEmpty then fillFaults memory plan else []
                return plan
            }

        validation {
            let! () = typeFaults
            and! () = layoutFaults
            and! plan = fitted
            return plan
        }

    /// Fills memories, which are at the addresses, and waits: those without strides as one list.
    let run (memories: HostMemory[]) (addresses: nativeint[]) (plans: Plan[]) (seed: int -> Seed) : unit =
        let contiguous =
            Array.zeroCreate (memories |> Array.sumBy (fun memory -> if memory.Layout.IsNone then 1 else 0))

        let mutable next = 0

        for i in 0 .. memories.Length - 1 do
            if memories[i].Layout.IsNone then
                contiguous[next] <- HostWork.ofPlan plans[i] (seed i) 0L plans[i].Length addresses[i]
                next <- next + 1

        if contiguous.Length > 0 then
            StructureFill.Run contiguous

        if contiguous.Length < memories.Length then
            for i in 0 .. memories.Length - 1 do
                match memories[i].Layout with
                | ValueSome layout -> StridedFill.run plans[i] (seed i) layout.Axes addresses[i]
                | ValueNone -> ()
