/// Tensors: reading in place and by copy, types and lengths that do not fit, and the end of life.
module Initializers.Properties.TensorTests

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open ILGPU
open Xunit
open Initializers
open Initializers.FSharp

let private make dtype (dims: int64 list) spec : Tensor =
    let made =
        Shape.ofList dims
        |> Result.bind (fun shape ->
            Initialize.tensor { Device = Device.Cpu; DType = dtype } shape Fan.Unknown (Seed.ofUInt64 5UL) spec)

    match made with
    | Ok tensor -> tensor
    | Error faults -> failwith $"{faults}"

[<Fact>]
let ``a span is the tensor's memory itself`` () =
    use tensor = make DType.Float32 [ 10L; 7L ] (Spec.normal 0.0 1.0)
    let before = tensor.ToArray<float32>()
    let span = tensor.AsSpan<float32>()
    Assert.Equal(70, span.Length)
    Assert.Equal(before[3], span[3])
    span[3] <- 123.0f
    Assert.Equal(123.0f, tensor.ToArray<float32>()[3])
    Assert.Equal(123.0f, tensor.AsSpan<float32>()[3])

    let same =
        Unsafe.AreSame(&MemoryMarshal.GetReference span, &MemoryMarshal.GetReference(tensor.AsSpan<float32>()))

    Assert.True same
    Assert.Equal(before[4], tensor.ToArray<float32>()[4])

[<Fact>]
let ``a view shows the tensor's elements and no more`` () =
    use tensor = make DType.Float16 [ 5L; 3L ] (Spec.uniform 0.0 1.0)
    let view: ArrayView<Half> = tensor.View<Half>()
    Assert.Equal(15L, view.Length)
    use bytes = make DType.Float16 [ 0L; 3L ] (Spec.uniform 0.0 1.0)
    Assert.Equal(0L, bytes.View<Half>().Length)

[<Fact>]
let ``arrays, copies, spans and bytes show the same elements`` () =
    use tensor = make DType.BFloat16 [ 1000L ] (Spec.normal 0.0 1.0)
    let array = tensor.ToArray<BFloat16>()
    let copy = Array.zeroCreate<BFloat16> 1000
    tensor.CopyTo(Span copy)
    Assert.Equal<BFloat16>(array, copy)
    Assert.Equal<BFloat16>(array, tensor.AsSpan<BFloat16>().ToArray())
    Assert.Equal<byte>(MemoryMarshal.AsBytes(Span array).ToArray(), tensor.ToArray<byte>())
    Assert.Equal(2000, tensor.AsSpan<byte>().Length)

[<Fact>]
let ``a length that does not fit is refused and nothing copied`` () =
    use tensor = make DType.Float32 [ 8L ] Spec.ones

    for length in [ 0; 7; 9 ] do
        let copy = Array.create length 5.0f

        let fault = Assert.Throws<ArgumentException>(fun () -> tensor.CopyTo(Span copy))

        Assert.Contains("8", fault.Message)
        Assert.All(copy, fun x -> Assert.Equal(5.0f, x))

[<Fact>]
let ``an element type that is not the dtype's is refused`` () =
    let refused (read: unit -> unit) =
        Assert.Throws<ArgumentException> read |> ignore

    use single = make DType.Float32 [ 4L ] Spec.ones
    refused (fun () -> single.ToArray<Half>() |> ignore)
    refused (fun () -> single.ToArray<float>() |> ignore)
    refused (fun () -> single.ToArray<int>() |> ignore)
    refused (fun () -> single.AsSpan<BFloat16>().Length |> ignore)
    refused (fun () -> single.View<uint32>() |> ignore)
    use half = make DType.Float16 [ 4L ] Spec.ones
    refused (fun () -> half.ToArray<float32>() |> ignore)
    refused (fun () -> half.ToArray<BFloat16>() |> ignore)
    use wide = make DType.Float64 [ 4L ] Spec.ones
    refused (fun () -> wide.ToArray<float32>() |> ignore)
    refused (fun () -> wide.AsSpan<int64>().Length |> ignore)
    Assert.Equal<float>([| 1.0; 1.0; 1.0; 1.0 |], wide.ToArray<float>())
    Assert.Equal(4, wide.AsSpan<float>().Length)
    Assert.Equal(4L, wide.View<float>().Length)
    Assert.Equal(32, wide.ToArray<byte>().Length)
    use brain = make DType.BFloat16 [ 4L ] Spec.ones
    refused (fun () -> brain.ToArray<Half>() |> ignore)
    refused (fun () -> brain.CopyTo(Span(Array.zeroCreate<uint16> 4)))

[<Theory>]
[<InlineData(DType.Float32)>]
[<InlineData(DType.Float16)>]
[<InlineData(DType.BFloat16)>]
[<InlineData(DType.Float64)>]
let ``a tensor without elements is whole and empty`` (dtype: DType) =
    for dims in [ [ 0L ]; [ 0L; 5L ]; [ 3L; 0L; 1L <<< 40 ] ] do
        for spec in [ Spec.ones; Spec.normal 0.0 1.0; Spec.uniform 0.0 1.0 ] do
            use tensor = make dtype dims spec
            Assert.Equal(0L, tensor.Length)
            Assert.Equal<int64 seq>(dims, tensor.Shape)
            Assert.Empty(tensor.ToArray<byte>())
            Assert.True(tensor.AsSpan<byte>().IsEmpty)
            tensor.CopyTo(Span<byte>.Empty)

[<Fact>]
let ``a scalar is one element, the first of its stream`` () =
    use scalar = make DType.Float32 [] (Spec.normal 0.0 1.0)
    use vector = make DType.Float32 [ 9L ] (Spec.normal 0.0 1.0)
    Assert.Equal(1L, scalar.Length)
    Assert.Empty scalar.Shape
    Assert.Equal<float32>([| vector.ToArray<float32>()[0] |], scalar.ToArray<float32>())

[<Theory>]
[<InlineData(10L)>]
[<InlineData(0L)>]
[<InlineData(100000L)>]
let ``every use of a disposed tensor throws, and disposing twice does not`` (n: int64) =
    let tensor = make DType.Float32 [ n ] Spec.ones
    tensor.Dispose()
    tensor.Dispose()
    (tensor :> IDisposable).Dispose()

    let gone (use': unit -> unit) =
        Assert.Throws<ObjectDisposedException> use' |> ignore

    gone (fun () -> tensor.ToArray<float32>() |> ignore)
    gone (fun () -> tensor.ToArray<Half>() |> ignore)
    gone (fun () -> tensor.CopyTo(Span(Array.zeroCreate<float32>(int n))))
    gone (fun () -> tensor.AsSpan<float32>().Length |> ignore)
    gone (fun () -> tensor.View<float32>() |> ignore)
    // What needs no buffer stays readable.
    Assert.Equal<int64 seq>([ n ], tensor.Shape)
    Assert.Equal(n, tensor.Length)

[<Fact; Trait("Category", "Long")>]
let ``an array of more than 2^31 bytes is read whole`` () =
    use tensor = make DType.BFloat16 [ (1L <<< 30) + 3L ] (Spec.normal 0.0 1.0)
    let all = tensor.ToArray<BFloat16>()
    Assert.Equal((1 <<< 30) + 3, all.Length)

    let last =
        Shape.ofList [ (1L <<< 30) + 3L ]
        |> Result.bind (fun shape ->
            Initialize.slice
                ((1L <<< 30) - 5L)
                8L
                { Device = Device.Cpu
                  DType = DType.BFloat16 }
                shape
                Fan.Unknown
                (Seed.ofUInt64 5UL)
                (Spec.normal 0.0 1.0))

    match last with
    | Ok last -> Assert.Equal<BFloat16[]>(last.ToArray<BFloat16>(), all[(1 <<< 30) - 5 ..])
    | Error faults -> failwith $"{faults}"

[<Fact>]
let ``threads that dispose one tensor leave the others of its call alone`` () =
    for _ in 1..200 do
        let requests =
            [ for i in 1..2 ->
                  { Name = $"{i}"
                    Spec = Spec.constant (float i)
                    Dims = [ 5L ]
                    Fan = Fan.Unknown } ]

        match Initialize.tensors Target.cpu (Seed.ofUInt64 1UL) requests with
        | Ok [ one; two ] ->
            Threading.Tasks.Parallel.Invoke(one.Dispose, one.Dispose, one.Dispose)
            Assert.Equal<float32[]>(Array.create 5 2.0f, two.ToArray<float32>())
            two.Dispose()
        | other -> failwith $"{other}"
