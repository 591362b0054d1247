/// Memory with strides: each element has the bits of the contiguous tensor, and nothing else is written.
module Initializers.Properties.StridedFillTests

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.InteropServices
open MathNet.Numerics.LinearAlgebra
open Microsoft.FSharp.NativeInterop
open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed.ofUInt64 42UL

/// How an axis lies in memory: its rank among the axes, innermost first, and the elements left out behind it.
type Arrangement = { Order: int; Padding: int }

/// Strides of a shape whose axes lie in memory in the order of their arrangements, and the elements that they need.
let stridesOf (dims: int64 list) (step: int64) (arrangements: Arrangement list) : int64 list * int64 =
    let axes =
        dims
        |> List.mapi (fun axis size -> axis, size, arrangements[axis % arrangements.Length])
        |> List.sortBy (fun (axis, _, arrangement) -> arrangement.Order, -axis)

    let strides, next =
        (step, axes)
        ||> List.mapFold (fun stride (axis, size, arrangement) ->
            (axis, stride), stride * max 1L size + int64 (abs arrangement.Padding % 3))

    strides |> List.sortBy fst |> List.map snd, next

/// The element of memory of each element of a tensor, in row-major order.
let positions (dims: int64 list) (strides: int64 list) : int64[] =
    ([| 0L |], List.zip dims strides)
    ||> List.fold (fun outer (size, stride) ->
        [| for position in outer do
               for i in 0L .. size - 1L do
                   position + i * stride |])

let private guardByte = 0xA5uy

/// Fills memory of a dtype with strides, and compares its bytes with those of the tensor. Bytes of no element keep the guard.
let private agrees dtype (spec: Spec) (dims: int64 list) fan (strides: int64 list) (offset: int64) (room: int64) =
    let size = DType.size dtype
    let bytes = GC.AllocateArray<byte>(int room * size + 64, true)
    Array.Fill(bytes, guardByte)
    let address = Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 32)

    let memory =
        HostMemory.Strided(HostMemory.At(address, room, dtype), Array.ofList dims, Array.ofList strides, offset)

    let shape = shapeOf dims
    let expected = Array.create bytes.Length guardByte

    use whole =
        ok (Initialize.tensor { Device = Device.Cpu; DType = dtype } shape fan seed spec)

    let elements = whole.ToArray<byte>()

    positions dims strides
    |> Array.iteri (fun i position ->
        Array.blit elements (i * size) expected (32 + int (offset + position) * size) size)

    ok (Initialize.fillMemory memory dims fan seed spec)
    bytes.AsSpan().SequenceEqual(ReadOnlySpan expected)

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Theorems =
    [<Property(MaxTest = 100)>]
    let ``strided memory gets the bits of the contiguous tensor, and no other byte changes``
        (request: Request)
        (arrangements: Arrangement list)
        (step: int)
        (offset: int)
        (dtype: int)
        =
        let dtype = dtypes[abs (dtype % 4)]
        let dims = request.Shape.Dims
        let offset = int64 (abs (offset % 8))
        let arrangements = { Order = 0; Padding = 0 } :: arrangements
        let strides, room = stridesOf dims (int64 (1 + abs (step % 3))) arrangements
        let target = { Device = Device.Cpu; DType = dtype }

        match Initialize.validate target request.Fan request.Spec dims with
        | Ok _ -> agrees dtype request.Spec dims request.Fan strides offset (offset + room)
        | Error faults ->
            let memory =
                HostMemory.Strided(
                    HostMemory.op_Implicit (Array.zeroCreate<float32> 100000),
                    Array.ofList dims,
                    Array.ofList strides
                )

            // The dtype decides some faults, such as those of range.
            dtype <> DType.Float32
            || Initialize.fillMemory memory dims request.Fan seed request.Spec = Error faults

/// Specs by how they are made, with a shape of more elements than a block.
let large: TheoryData<string, int64[], string> =
    let data = TheoryData<string, int64[], string>()

    for spec in [ "normal(mean=0, stddev=1)"; "truncated_normal(mean=0, stddev=1)"; "identity" ] do
        for order in [ "row-major, padded"; "column-major"; "last axis apart" ] do
            data.Add(spec, [| 1100L; 1031L |], order)

    for order in [ "column-major"; "row-major, padded" ] do
        data.Add("normal(mean=0, stddev=1)", [| 3L; 700L; 601L |], order)
        data.Add("orthogonal(gain=1)", [| 300L; 200L |], order)
        data.Add("batched(inner=orthogonal(gain=1), axes=1)", [| 40L; 200L; 150L |], order)

    data.Add("normal(mean=0, stddev=1)", [| 2000003L |], "last axis apart")
    data

[<Theory; MemberData(nameof large)>]
let ``tensors of several blocks are the contiguous ones`` (text: string) (dims: int64[]) (order: string) =
    let spec = ok (Spec.parse text)
    let dims = List.ofArray dims
    let last = dims.Length - 1

    let arrangements =
        dims
        |> List.mapi (fun axis _ ->
            match order with
            | "column-major" -> { Order = axis; Padding = 0 }
            | "row-major, padded" ->
                { Order = last - axis
                  Padding = if axis = last then 2 else 0 }
            | _ ->
                { Order = (if axis = last then 1 else 0)
                  Padding = 1 })

    let step = if dims.Length = 1 then 2L else 1L
    let strides, room = stridesOf dims step arrangements

    let dtype =
        if order = "column-major" then
            DType.BFloat16
        else
            DType.Float32

    Assert.True(agrees dtype spec dims Fan.Unknown strides 1L (room + 1L))

let private contiguous (dims: int64 list) =
    let weights = Array.zeroCreate<float32>(int (List.reduce (*) dims))

    Initialize.fill (Memory weights) 0L (shapeOf dims) (Fan.From Layout.OutIn) seed Spec.heNormal
    |> ok

    weights

[<Fact>]
let ``a matrix of Math.NET has the tensor's elements by row and column`` () =
    let expected = contiguous [ 7L; 5L ]
    let single = Matrix<float32>.Build.Dense(7, 5)
    let double = Matrix<float>.Build.Dense(7, 5)
    let shape = shapeOf [ 7L; 5L ]

    let fill memory =
        ok (Initialize.fillMemory memory [ 7L; 5L ] (Fan.From Layout.OutIn) seed Spec.heNormal)

    fill (HostMemory.Of single)
    fill (HostMemory.op_Implicit double)

    use doubles =
        Spec.heNormal
        |> Initialize.tensor
            { Device = Device.Cpu
              DType = DType.Float64 }
            shape
            (Fan.From Layout.OutIn)
            seed
        |> ok

    let doubles = doubles.ToArray<float>()

    for i in 0..6 do
        for j in 0..4 do
            Assert.Equal(expected[5 * i + j], single[i, j])
            Assert.Equal(doubles[5 * i + j], double[i, j])

[<Fact>]
let ``a dense vector of Math.NET is filled where it lies, and other storages are refused`` () =
    let vector = Vector<float>.Build.Dense 6
    let sparse = Matrix<float32>.Build.Sparse(2, 3)
    let diagonal = Matrix<float>.Build.Diagonal(3, 3)
    let sparseVector = Vector<float32>.Build.Sparse 6

    let fill (memory: HostMemory) dims =
        Initialize.fillMemory memory dims Fan.Unknown seed Spec.ones

    Assert.Equal(Ok(), fill (HostMemory.Of vector) [ 6L ])
    Assert.Equal<float>(Array.replicate 6 1.0, vector.ToArray())

    for memory, dims in
        [ HostMemory.op_Implicit sparse, [ 2L; 3L ]
          HostMemory.op_Implicit diagonal, [ 3L; 3L ]
          HostMemory.op_Implicit sparseVector, [ 6L ] ] do
        Assert.Equal<string list>(
            [ "storage-not-dense" ],
            fill memory dims |> Validation.faults |> List.map InitError.code
        )

    Assert.Equal(0, sparse.EnumerateIndexed(Zeros.AllowSkip) |> Seq.length)

[<Fact>]
let ``tensors of the platform are filled whole, in slices and with their axes permuted`` () =
    let expected = contiguous [ 6L; 4L ]
    let array = Array.create (8 * 9) -7f
    let tensor = Tensor.Create(array, ReadOnlySpan [| 8n; 9n |])
    let ranges = [| NRange(1n, 7n); NRange(2n, 6n) |]
    let part = tensor.Slice(ReadOnlySpan ranges)

    let turned =
        Tensor.PermuteDimensions(
            Tensor.Create(Array.zeroCreate<float32> 24, ReadOnlySpan [| 4n; 6n |]),
            ReadOnlySpan [| 1; 0 |]
        )

    let fill memory =
        ok (Initialize.fillMemory memory [ 6L; 4L ] (Fan.From Layout.OutIn) seed Spec.heNormal)

    fill (HostMemory.Of part)
    fill (HostMemory.op_Implicit turned)

    for i in 0..7 do
        for j in 0..8 do
            let inside = i >= 1 && i < 7 && j >= 2 && j < 6
            Assert.Equal((if inside then expected[4 * (i - 1) + j - 2] else -7f), array[9 * i + j])

    for i in 0..5 do
        for j in 0..3 do
            Assert.Equal(expected[4 * i + j], turned.Item(ReadOnlySpan [| nativeint i; nativeint j |]))

[<Fact>]
let ``spans of tensors are filled by their strides`` () =
    let expected = contiguous [ 6L; 4L ]
    let array = Array.create 40 -7f
    let fan = Fan.From Layout.OutIn

    let span =
        TensorSpan<float32>(array, 3, ReadOnlySpan [| 6n; 4n |], ReadOnlySpan [| 1n; 8n |])

    ok (Initialize.fillTensorSpan (span, fan, seed, Spec.heNormal))

    for at in 0..39 do
        let i, j = (at - 3) % 8, (at - 3) / 8
        let inside = at >= 3 && i < 6 && j < 4
        Assert.Equal((if inside then expected[4 * i + j] else -7f), array[at])

    let empty =
        TensorSpan<float32>(Array.empty, 0, ReadOnlySpan [| 0n; 4n |], ReadOnlySpan [||])

    Assert.Equal(Ok(), Initialize.fillTensorSpan (empty, Fan.Unknown, seed, Spec.ones))

    let repeated =
        TensorSpan<float32>(array, 0, ReadOnlySpan [| 3n; 4n |], ReadOnlySpan [| 0n; 1n |])

    match Initialize.fillTensorSpan (repeated, Fan.Unknown, seed, Spec.ones) with
    | Error [ InitError.Memory(MemoryFault.StridesOverlap([ 3L; 4L ], [ 0L; 1L ])) ] -> ()
    | other -> failwith $"{other}"

    let integers = TensorSpan<int>(Array.zeroCreate 4)

    match Initialize.fillTensorSpan (integers, Fan.Unknown, seed, Spec.normal 0.0 -1.0) with
    | Error faults ->
        Assert.Equal<string list>([ "element-type"; "stddev-negative" ], faults |> List.map InitError.code)
    | Ok() -> failwith "filled"

/// Shape, strides, offset and room, with the codes of what is wrong with them.
let wrong: TheoryData<int64[], int64[], int64, int, string> =
    let data = TheoryData<int64[], int64[], int64, int, string>()
    data.Add([| 2L; 3L |], [| 3L |], 0L, 6, "strides-rank")
    data.Add([| 2L; 3L |], [| -3L; 1L |], 3L, 6, "stride-negative")
    data.Add([| -2L; 3L |], [| 3L; -1L; 1L |], 3L, 6, "shape-negative strides-rank stride-negative")
    data.Add([| 2L; 3L |], [| 0L; 1L |], 0L, 6, "strides-overlap")
    data.Add([| 2L; 3L |], [| 2L; 1L |], 0L, 6, "strides-overlap")
    data.Add([| 2L; 3L |], [| 1L; 1L |], 6L, 6, "strides-overlap memory-too-short")
    data.Add([| 2L; 3L |], [| 3L; 1L |], 1L, 6, "memory-too-short")
    data.Add([| 2L; 3L |], [| 1L; 2L |], 0L, 5, "memory-too-short")
    data.Add([| 2L; 0L |], [| 1L; 1L |], 7L, 6, "memory-too-short")
    data.Add([| Int64.MaxValue; 2L |], [| 2L; 1L |], 0L, 6, "shape-overflow")
    data.Add([| 2L; 2L |], [| Int64.MaxValue; 1L |], 0L, 6, "memory-too-short")
    data

[<Theory; MemberData(nameof wrong)>]
let ``every fault of strides is reported at once, and nothing is written`` dims strides offset room (codes: string) =
    let array = Array.create room -7f
    let memory = HostMemory.Strided(HostMemory.op_Implicit array, dims, strides, offset)
    Assert.Equal(0L, memory.Length)

    let codesOf spec =
        Initialize.fillMemory memory (List.ofArray dims) Fan.Unknown seed spec
        |> Validation.faults
        |> List.map InitError.code
        |> Set.ofList

    let codes = Set.ofArray (codes.Split ' ')
    Assert.Equal<Set<string>>(codes, codesOf Spec.ones)
    Assert.Equal<Set<string>>(codes.Add "stddev-negative", codesOf (Spec.normal 0.0 -1.0))
    Assert.Equal<float32>(Array.create room -7f, array)

[<Fact>]
let ``a shape other than the memory's is a fault, also of as many elements`` () =
    let array = Array.zeroCreate<float32> 6

    let memory =
        HostMemory.Strided(HostMemory.op_Implicit array, [| 2L; 3L |], [| 1L; 2L |])

    match Initialize.fillMemory memory [ 3L; 2L ] Fan.Unknown seed Spec.ones with
    | Error [ InitError.Memory(MemoryFault.ShapeDiffers([ 2L; 3L ], [ 3L; 2L ])) ] -> ()
    | other -> failwith $"{other}"

    Assert.Equal<float32>(Array.zeroCreate 6, array)

[<Fact; Trait("Category", "Long")>]
let ``more than 2^31 elements are filled, with strides above 2^31 too`` () =
    let count = (1L <<< 31) + 1000L
    let memory = NativeMemory.Alloc(unativeint (2L * count))

    try
        let address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<Half> memory)
        let spec = Spec.uniform 0.0 1.0
        let whole = HostMemory.At(address, count, DType.Float16)
        let expected = Array.zeroCreate<Half> 1000

        let equals (shape: Shape) offset (at: int64) =
            ok (Initialize.fill (Memory expected) offset shape Fan.Unknown seed spec)
            let filled = Span<Half>((address + nativeint (2L * at)).ToPointer(), 1000)
            Assert.True(filled.SequenceEqual(ReadOnlySpan expected))

        ok (Initialize.fillMemory whole [ count ] Fan.Unknown seed spec)

        for offset in [ 0L; count / 2L; count - 1000L ] do
            equals (shapeOf [ count ]) offset offset

        let rows = HostMemory.Strided(whole, [| 2L; 1000L |], [| 1L <<< 31; 1L |])
        ok (Initialize.fillMemory rows [ 2L; 1000L ] Fan.Unknown seed spec)
        equals (shapeOf [ 2L; 1000L ]) 0L 0L
        equals (shapeOf [ 2L; 1000L ]) 1000L (1L <<< 31)
    finally
        NativeMemory.Free memory
