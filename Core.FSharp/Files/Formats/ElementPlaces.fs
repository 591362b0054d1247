namespace Initializers.Files

open System
open System.IO
open System.IO.Compression
open Initializers.FSharp

/// Where a file has the elements of a tensor.
type internal ElementPlace =
    {
        /// The first byte, compressed or not, counted from the start of the stream.
        Start: int64
        /// The length of the deflated bytes that hold the elements; ValueNone for elements as they are.
        Deflated: int64 voption
        /// Bytes before the first element, after Start or among the decompressed bytes.
        Skipped: int64
        /// The distance of neighbours along each axis, in elements; empty for elements in row-major order without gaps.
        Strides: int64 list
        /// Whether elements have their most significant byte first.
        BigEndian: bool
    }

/// A tensor of a file with its place.
type internal LocatedTensor =
    { Tensor: TensorHeader
      Place: ElementPlace }

/// The tensors of a file in any format that is read.
type internal TensorFile =
    {
        Format: string
        Metadata: (string * string) list
        /// In the order of the header.
        Tensors: LocatedTensor list
    }

/// Bytes of another stream, from its position on.
[<Sealed>]
type internal BoundedStream(inner: Stream, length: int64) =
    inherit ForwardStream()
    let mutable left = length

    override _.Read(buffer: byte[], offset: int, count: int) : int =
        let taken = inner.Read(buffer, offset, int (min (int64 count) left))
        left <- left - int64 taken
        taken

/// The elements of a tensor with strides, in row-major order. The bytes from the first to the last element are in memory, in
/// arrays that grow with what the file has.
[<Sealed>]
type internal StridedStream(source: Stream, extent: int64, width: int, dims: int64 list, strides: int64 list) =
    inherit ForwardStream()

    /// Bytes of an array, a multiple of every element's width.
    static let block = 1L <<< 26

    let blocks =
        [| for first in 0L .. block .. extent - 1L do
               let bytes: byte[] = Array.zeroCreate (int (min block (extent - first)))
               source.ReadExactly bytes
               bytes |]

    let dims = Array.ofList dims
    let strides = Array.ofList strides
    let index: int64[] = Array.zeroCreate dims.Length
    // The current element's place, and how many bytes of it were read.
    let mutable place = 0L
    let mutable used = 0
    let mutable left = dims |> Array.fold (*) 1L

    let next () =
        left <- left - 1L
        used <- 0
        let mutable axis = dims.Length - 1

        while axis >= 0 do
            index[axis] <- index[axis] + 1L
            place <- place + strides[axis]

            if index[axis] < dims[axis] then
                axis <- -1
            else
                place <- place - dims[axis] * strides[axis]
                index[axis] <- 0L
                axis <- axis - 1

    override _.Read(buffer: byte[], offset: int, count: int) : int =
        let mutable filled = 0

        while filled < count && left > 0L do
            let first = place * int64 width + int64 used
            let taken = min (width - used) (count - filled)
            let bytes = blocks[int (first / block)]
            Span(bytes, int (first % block), taken).CopyTo(Span(buffer, offset + filled, taken))
            filled <- filled + taken
            used <- used + taken

            if used = width then
                next ()

        filled

[<RequireQualifiedAccess>]
module internal ElementPlaces =
    /// Elements as they are, one after another, at a place of the stream.
    let inOrder (isBigEndian: bool) (start: int64) : ElementPlace =
        { Start = start
          Deflated = ValueNone
          Skipped = 0L
          Strides = []
          BigEndian = isBigEndian }

    /// The strides of a shape in row-major order.
    let rowMajor (dims: int64 list) : int64 list =
        (dims, ([], 1L))
        ||> List.foldBack (fun size (strides, product) -> product :: strides, product * size)
        |> fst

    /// The strides of a shape in column-major order.
    let columnMajor (dims: int64 list) : int64 list = List.rev (rowMajor (List.rev dims))

    /// Strides as places have them: none for row-major order, in which axes of one element do not count.
    let strides (dims: int64 list) (strides: int64 list) : int64 list =
        let counted all =
            List.zip dims all |> List.filter (fun (size, _) -> size > 1L)

        if List.contains 0L dims || counted strides = counted (rowMajor dims) then
            []
        else
            strides

    /// The bytes from the first to the last element of a tensor that has elements.
    let extent (tensor: TensorHeader) (place: ElementPlace) : Int128 =
        if place.Strides.IsEmpty then
            Int128.op_Implicit tensor.Bytes
        else
            let elements =
                (Int128.One, List.zip tensor.Shape.Dims place.Strides)
                ||> List.fold (fun sum (size, stride) -> sum + Math.BigMul(size - 1L, stride))

            elements * Int128.op_Implicit (int64 (StoredType.bits tensor.DType / 8))

    /// The bytes of the file from the first to the last element; for deflated ones, all of the entry.
    let length (tensor: TensorHeader) (place: ElementPlace) : int64 =
        match place.Deflated with
        | ValueSome bytes -> bytes
        | ValueNone when tensor.Bytes = 0L -> 0L
        | ValueNone -> Int128.op_Explicit (extent tensor place)

    let private skip (stream: Stream) (count: int64) =
        let buffer: byte[] = Array.zeroCreate (int (min count 65536L))
        let mutable left = count

        while left > 0L do
            let part = Span(buffer, 0, int (min left (int64 buffer.Length)))
            stream.ReadExactly part
            left <- left - int64 part.Length

    /// A tensor's elements in row-major order, from a stream that can seek and stays open.
    let opened (stream: Stream) (tensor: TensorHeader) (place: ElementPlace) : Stream =
        let contiguous: Stream =
            match place.Deflated with
            | ValueNone ->
                stream.Position <- place.Start + place.Skipped
                stream
            | ValueSome length ->
                stream.Position <- place.Start

                let inflated =
                    new DeflateStream(new BoundedStream(stream, length), CompressionMode.Decompress)

                skip inflated place.Skipped
                inflated

        if place.Strides.IsEmpty || tensor.Bytes = 0L then
            contiguous
        else
            let width = StoredType.bits tensor.DType / 8
            let extent: int64 = Int128.op_Explicit (extent tensor place)
            new StridedStream(contiguous, extent, width, tensor.Shape.Dims, place.Strides)

    /// The times that the bytes of a file may be read as elements: deflate reaches 1032, and tensors may share bytes.
    let private most = 1032.0

    /// The fault of tensors that would take more reading than the file's length allows.
    let faults (length: int64) (tensors: LocatedTensor list) : InitError list =
        let bytes =
            tensors
            |> List.sumBy (fun located ->
                let skipped =
                    if located.Place.Deflated.IsSome then
                        float located.Place.Skipped
                    else
                        0.0

                let extent =
                    if located.Place.Strides.IsEmpty || located.Tensor.Bytes = 0L then
                        0.0
                    else
                        float (extent located.Tensor located.Place)

                float located.Tensor.Bytes + skipped + extent)

        let limit = most * float length + 1048576.0
        Validation.check (InitError.Format(FormatFault.ElementsExceed(bytes, limit))) (bytes <= limit)

    /// The tensors of a header whose data begin at a place of the stream.
    let ofHeader (start: int64) (header: FileHeader) : TensorFile =
        { Format = header.Format
          Metadata = header.Metadata
          Tensors =
            header.Tensors
            |> List.map (fun tensor ->
                { Tensor = tensor
                  Place = inOrder header.BigEndian (start + tensor.Offset) }) }

    /// The tensors in the order of their data.
    let sorted (file: TensorFile) : LocatedTensor list =
        file.Tensors
        |> List.sortBy (fun located -> struct (located.Tensor.Offset, located.Tensor.Bytes))
