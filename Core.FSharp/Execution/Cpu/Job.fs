namespace Initializers.Kernels

/// What the threads of a CPU take at a time: 2^16 elements of a tensor, wherever a slice of it begins. Less is not worth a
/// second thread.
[<RequireQualifiedAccess>]
module internal WorkUnit =
    /// The number of a unit is the index of an element shifted right by this.
    [<Literal>]
    let Bits = 16

    /// Elements of a unit.
    [<Literal>]
    let Elements = 65536L

/// Elements [Offset, Offset + Count) of the tensor that a key and a stream draw.
[<Struct>]
type internal Job =
    { Key: uint64
      Stream: uint64
      Offset: int64
      Count: int64 }

    static member OfSeed(seed: Initializers.Seed, offset: int64, count: int64) : Job =
        { Key = seed.Key
          Stream = seed.Stream
          Offset = offset
          Count = count }
