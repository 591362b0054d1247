namespace Initializers.Files

open System
open System.Collections.Generic
open Initializers.FSharp

/// The names that a pickle of tensors has.
[<RequireQualifiedAccess>]
module internal TorchNames =
    let private types =
        dict
            [ "float64", StoredType.F64
              "double", StoredType.F64
              "float32", StoredType.F32
              "float", StoredType.F32
              "float16", StoredType.F16
              "half", StoredType.F16
              "bfloat16", StoredType.BF16
              "float8_e4m3fn", StoredType.F8E4M3
              "float8_e5m2", StoredType.F8E5M2
              "float8_e4m3fnuz", StoredType.F8E4M3FNUZ
              "float8_e5m2fnuz", StoredType.F8E5M2FNUZ
              "float8_e8m0fnu", StoredType.F8E8M0
              "int64", StoredType.I64
              "long", StoredType.I64
              "int32", StoredType.I32
              "int", StoredType.I32
              "int16", StoredType.I16
              "short", StoredType.I16
              "int8", StoredType.I8
              "uint64", StoredType.U64
              "uint32", StoredType.U32
              "uint16", StoredType.U16
              "uint8", StoredType.U8
              "bool", StoredType.Bool
              "complex64", StoredType.C64
              "complex128", StoredType.C128 ]

    let private storages =
        dict
            [ "torch.DoubleStorage", ValueSome StoredType.F64
              "torch.FloatStorage", ValueSome StoredType.F32
              "torch.HalfStorage", ValueSome StoredType.F16
              "torch.BFloat16Storage", ValueSome StoredType.BF16
              "torch.LongStorage", ValueSome StoredType.I64
              "torch.IntStorage", ValueSome StoredType.I32
              "torch.ShortStorage", ValueSome StoredType.I16
              "torch.CharStorage", ValueSome StoredType.I8
              "torch.ByteStorage", ValueSome StoredType.U8
              "torch.BoolStorage", ValueSome StoredType.Bool
              "torch.ComplexFloatStorage", ValueSome StoredType.C64
              "torch.ComplexDoubleStorage", ValueSome StoredType.C128
              "torch.UntypedStorage", ValueNone
              "torch.storage.UntypedStorage", ValueNone
              "torch.storage._UntypedStorage", ValueNone ]

    let private others =
        HashSet
            [ "collections.OrderedDict"
              "torch.Size"
              "torch.device"
              "torch._utils._rebuild_tensor"
              "torch._utils._rebuild_tensor_v2"
              "torch._utils._rebuild_tensor_v3"
              "torch._utils._rebuild_parameter"
              "torch._utils._rebuild_parameter_with_state" ]

    /// The element type of PyTorch's dtype, such as torch.float32.
    let dtype (name: string) : StoredType voption =
        match
            name.StartsWith("torch.", StringComparison.Ordinal)
            && types.ContainsKey(name.Substring 6)
        with
        | true -> ValueSome types[name.Substring 6]
        | false -> ValueNone

    let storage (name: string) : StoredType voption voption =
        match storages.TryGetValue name with
        | true, stored -> ValueSome stored
        | _ -> ValueNone

    let isRead (name: string) =
        others.Contains name || storages.ContainsKey name || (dtype name).IsSome

    /// What to do about a name that is not read.
    let remedy (name: string) : string =
        if name.StartsWith("__torch__", StringComparison.Ordinal) then
            "it is a TorchScript model: save torch.jit.load(path).state_dict() with torch.save."
        elif name.StartsWith("torch._utils._rebuild", StringComparison.Ordinal) then
            "save dense tensors, such as tensor.to_dense() or tensor.dequantize()."
        elif name.StartsWith("numpy", StringComparison.Ordinal) then
            "save plain numbers and tensors, such as float(x) and torch.from_numpy(x)."
        else
            "save model.state_dict() alone, or save it as safetensors."
