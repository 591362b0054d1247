namespace Initializers.Kernels

/// The operators by name, for code that is written once.
module Lane =
    let inline and' (a: ^W) (b: ^W) : ^W =
        (^W: (static member And: ^W * ^W -> ^W) (a, b))

    let inline or' (a: ^W) (b: ^W) : ^W =
        (^W: (static member Or: ^W * ^W -> ^W) (a, b))

    let inline xor (a: ^W) (b: ^W) : ^W =
        (^W: (static member Xor: ^W * ^W -> ^W) (a, b))

    /// `yes` where the mask is all ones, `no` where it is 0.
    let inline select (mask: ^W) (yes: ^W) (no: ^W) : ^W =
        (^W: (static member Select: ^W * ^W * ^W -> ^W) (mask, yes, no))

    /// a or (b and c).
    let inline orAnd (a: ^W) (b: ^W) (c: ^W) : ^W =
        (^W: (static member OrAnd: ^W * ^W * ^W -> ^W) (a, b, c))

    let inline add (a: ^W) (b: ^W) : ^W =
        (^W: (static member Add: ^W * ^W -> ^W) (a, b))

    let inline sub (a: ^W) (b: ^W) : ^W =
        (^W: (static member Sub: ^W * ^W -> ^W) (a, b))

    let inline min (a: ^W) (b: ^W) : ^W =
        (^W: (static member Min: ^W * ^W -> ^W) (a, b))

    /// All ones where a is not below b, both unsigned.
    let inline notBelow (a: ^W) (b: ^W) : ^W =
        (^W: (static member NotBelow: ^W * ^W -> ^W) (a, b))

    let inline shiftLeft (a: ^W) (n: int) : ^W =
        (^W: (static member ShiftLeft: ^W * int -> ^W) (a, n))

    let inline shiftRight (a: ^W) (n: int) : ^W =
        (^W: (static member ShiftRight: ^W * int -> ^W) (a, n))

    let inline signMask (a: ^W) : ^W =
        (^W: (static member SignMask: ^W -> ^W) a)

    let inline shiftLeftBy (a: ^W) (n: ^W) : ^W =
        (^W: (static member ShiftLeftBy: ^W * ^W -> ^W) (a, n))

    let inline leadingZeros (a: ^W) : ^W =
        (^W: (static member LeadingZeros: ^W -> ^W) a)

    /// leadingZeros of a word whose octave is among a table's near ones; of another word it may be anything.
    let inline nearLeadingZeros (a: ^W) : ^W =
        (^W: (static member NearLeadingZeros: ^W -> ^W) a)

    let inline unsignedToReal (a: ^W) : ^R =
        (^W: (static member UnsignedToReal: ^W -> ^R) a)

    let inline signedToReal (a: ^W) : ^R =
        (^W: (static member SignedToReal: ^W -> ^R) a)

    let inline bits (a: ^R) : ^W =
        (^W: (static member OfReal: ^R -> ^W) a)

    let inline real (a: ^W) : ^R =
        (^W: (static member ToReal: ^W -> ^R) a)

    let inline word (x: uint32) : ^W =
        (^W: (static member Splat: uint32 -> ^W) x)

    let inline splat (x: float32) : ^R =
        (^R: (static member Splat: float32 -> ^R) x)

    let inline word64 (x: uint64) : ^W =
        (^W: (static member Splat: uint64 -> ^W) x)

    let inline splat64 (x: float) : ^R =
        (^R: (static member Splat: float -> ^R) x)

    let inline fma (a: ^R) (b: ^R) (c: ^R) : ^R =
        (^R: (static member Fma: ^R * ^R * ^R -> ^R) (a, b, c))

    let inline mul (a: ^R) (b: ^R) : ^R =
        (^R: (static member Mul: ^R * ^R -> ^R) (a, b))

    let inline atLeast (least: ^R) (a: ^R) : ^R =
        (^R: (static member AtLeast: ^R * ^R -> ^R) (a, least))

    let inline atMost (greatest: ^R) (a: ^R) : ^R =
        (^R: (static member AtMost: ^R * ^R -> ^R) (a, greatest))

    let inline lookup (table: ^T) (power: int) (octave: ^W) : ^R =
        (^W: (static member Lookup: ^T * int * ^W -> ^R) (table, power, octave))

    /// The coefficient of a two-sided table: of its second side where `side` is all ones.
    let inline lookupSided (table: ^T) (power: int) (octave: ^W) (side: ^W) : ^R =
        (^W: (static member LookupSided: ^T * int * ^W * ^W -> ^R) (table, power, octave, side))

    /// Whether a word's octave may not be among a table's near ones.
    let inline isFar (a: ^W) : bool =
        (^W: (static member IsFar: ^W -> bool) a)

    /// lookup and lookupSided for octaves of any kind, where those have the near ones alone.
    let inline lookupFar (table: ^T) (power: int) (octave: ^W) : ^R =
        (^W: (static member LookupFar: ^T * int * ^W -> ^R) (table, power, octave))

    let inline lookupSidedFar (table: ^T) (power: int) (octave: ^W) (side: ^W) : ^R =
        (^W: (static member LookupSidedFar: ^T * int * ^W * ^W -> ^R) (table, power, octave, side))

    let inline load (p: nativeptr<uint32>) : ^W =
        (^W: (static member Load: nativeptr<uint32> * ^W -> ^W) (p, Unchecked.defaultof< ^W>))

    let inline storeReal (p: nativeptr<float32>) (a: ^R) : unit =
        (^R: (static member Store: ^R * nativeptr<float32> -> unit) (a, p))

    /// The lower 16 bits of the words of two, one after the other.
    let inline storeLowerHalves (p: nativeptr<uint16>) (a: ^W) (b: ^W) : unit =
        (^W: (static member StoreLowerHalves: ^W * ^W * nativeptr<uint16> -> unit) (a, b, p))

    /// The upper 16 bits of the words of two, one after the other.
    let inline storeUpperHalves (p: nativeptr<uint16>) (a: ^W) (b: ^W) : unit =
        (^W: (static member StoreUpperHalves: ^W * ^W * nativeptr<uint16> -> unit) (a, b, p))

    /// Words from one place, each above a companion from another.
    let inline load64 (p: nativeptr<uint32>) (companions: nativeptr<uint32>) : ^W =
        (^W: (static member Load: nativeptr<uint32> * nativeptr<uint32> * ^W -> ^W) (p,
                                                                                     companions,
                                                                                     Unchecked.defaultof< ^W>))

    let inline storeDouble (p: nativeptr<float>) (a: ^R) : unit =
        (^R: (static member Store: ^R * nativeptr<float> -> unit) (a, p))

    // Reals of either kind, by the type of their elements.

    let inline every (x: ^E) : ^R = (^R: (static member Splat: ^E -> ^R) x)

    let inline loadReal (p: nativeptr< ^E >) : ^R =
        (^R: (static member Load: nativeptr< ^E > * ^R -> ^R) (p, Unchecked.defaultof< ^R>))

    let inline store (p: nativeptr< ^E >) (a: ^R) : unit =
        (^R: (static member Store: ^R * nativeptr< ^E > -> unit) (a, p))

    /// float32 as float64.
    let inline widen (p: nativeptr<float32>) : ^R =
        (^R: (static member Widen: nativeptr<float32> * ^R -> ^R) (p, Unchecked.defaultof< ^R>))
