module Initializers.Properties.TensorFaultTests

open Xunit
open Initializers.FSharp

[<Fact>]
let ``faults of other libraries' tensors and modules have a code and say what was given`` () =
    for fault, code, part in
        [ TensorFault.Disposed, "tensor-disposed", "was disposed"
          TensorFault.WithoutMemory "meta", "tensor-without-memory", "device 'meta'"
          TensorFault.NotStrided "sparse", "tensor-not-strided", "layout is sparse"
          TensorFault.SharedElements([ 3L; 4L ], [ 1L; 0L ]), "tensor-shares-elements", "[3,4] and strides [1,0]"
          TensorFault.Unregistered("Net", "head"), "field-unregistered", "field 'head' of Net"
          TensorFault.LayersMissing "Net", "layers-missing", "module Net has no linear"
          TensorFault.LayersNotRun [ "fc1.weight"; "fc2.weight" ],
          "layers-not-run",
          "did not run: fc1.weight, fc2.weight;"
          TensorFault.VarianceNotReached("fc1.weight", nan, 0.1, 3), "variance-not-reached", "after 3 scalings" ] do
        let error = InitError.Tensor fault
        Assert.Equal(code, InitError.code error)
        Assert.Contains(part, InitError.message error)
        Assert.False(InitError.isFailure error)
        Assert.Contains(code, string error)
