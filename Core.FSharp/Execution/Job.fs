namespace Initializers.Kernels

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
