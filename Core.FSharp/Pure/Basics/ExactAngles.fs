namespace Initializers.FSharp

open System

/// Sine and cosine of an angle in radians, in float64, for `Exact`.
///
/// The angle is reduced by 2/pi to 1344 bits in integer arithmetic (Payne and Hanek 1983), so that no angle is too large, and
/// the series are added up in double-double arithmetic. Results are correctly rounded except for near-ties below 2^-95.
module internal ExactAngles =
    open DoubleDouble

    let private halfPi =
        { Hi = 1.5707963267948966
          Lo = 6.123233995736766e-17 }

    /// 64 zeros, then the bits of 2/pi behind its binary point.
    let private twoOverPi: uint64[] =
        [| 0x0000000000000000UL
           0xA2F9836E4E441529UL
           0xFC2757D1F534DDC0UL
           0xDB6295993C439041UL
           0xFE5163ABDEBBC561UL
           0xB7246E3A424DD2E0UL
           0x06492EEA09D1921CUL
           0xFE1DEB1CB129A73EUL
           0xE88235F52EBB4484UL
           0xE99C7026B45F7E41UL
           0x3991D639835339F4UL
           0x9C845F8BBDF9283BUL
           0x1FF897FFDE05980FUL
           0xEF2F118B5A0A6D1FUL
           0x6D367ECF27CB09B7UL
           0x4F463F669E5FEA2DUL
           0x7527BAC7EBE5F17BUL
           0x3D0739F78A5292EAUL
           0x6BFB5FB11F8D5D08UL
           0x56033046FC7B6BABUL
           0xF0CFBC209AF4361DUL
           0xA9E391615EE61B08UL |]

    /// The nearest number of quarter turns of an angle of at least pi/4, modulo 4, and what is left of the angle.
    ///
    /// x is m 2^e. In the product m 2^e (2/pi), bits of 2/pi before place e - 2 give multiples of 4, and the 256 bits from there
    /// on leave an error below 2^-200, where no float64 is nearer to a multiple of pi/2 than 2^-62.
    let private reduced (x: float) : struct (int * DoubleDouble) =
        let bits = BitConverter.DoubleToUInt64Bits x
        let m = (bits &&& 0x000FFFFFFFFFFFFFUL) ||| 0x0010000000000000UL
        let e = int (bits >>> 52) - 1075
        let first = e - 2 + 64
        let word, shift = first >>> 6, first &&& 63

        let inline window i =
            if shift = 0 then
                twoOverPi[word + i]
            else
                (twoOverPi[word + i] <<< shift) ||| (twoOverPi[word + i + 1] >>> (64 - shift))

        // The low 256 bits of the product: two for the quarter, 254 behind the point.
        let mutable low = 0UL
        let mutable carry = Math.BigMul(m, window 3, &low)
        let mutable next = 0UL
        let mutable high = Math.BigMul(m, window 2, &next)
        let p2 = next + carry
        carry <- high + (if p2 < next then 1UL else 0UL)
        high <- Math.BigMul(m, window 1, &next)
        let p1 = next + carry
        carry <- high + (if p1 < next then 1UL else 0UL)
        let p0 = m * window 0 + carry

        let quarter = int (p0 >>> 62)
        let isUpper = (p0 &&& 0x2000000000000000UL) <> 0UL

        // What is left of the quarter, or is missing to the next: below 1/2.
        let flip = if isUpper then UInt64.MaxValue else 0UL
        let mutable a = ((p0 <<< 2) ||| (p1 >>> 62)) ^^^ flip
        let mutable b = ((p1 <<< 2) ||| (p2 >>> 62)) ^^^ flip
        let mutable c = ((p2 <<< 2) ||| (low >>> 62)) ^^^ flip
        let mutable exponent = 0

        if a = 0UL then
            a <- b
            b <- c
            c <- 0UL
            exponent <- -64

        let zeros = Numerics.BitOperations.LeadingZeroCount a

        if zeros > 0 then
            a <- (a <<< zeros) ||| (b >>> (64 - zeros))
            b <- (b <<< zeros) ||| (c >>> (64 - zeros))
            exponent <- exponent - zeros

        // 53 bits each, so that both conversions are exact.
        let scale (bits: uint64) place =
            float (int64 bits)
            * BitConverter.Int64BitsToDouble(int64 (exponent - place + 1023) <<< 52)

        let fraction =
            quick (scale (a >>> 11) 53) (scale (((a &&& 0x7FFUL) <<< 42) ||| (b >>> 22)) 106)

        let left = mul fraction halfPi

        if isUpper then
            struct ((quarter + 1) &&& 3, negate left)
        else
            struct (quarter, left)

    /// 1/n!, negative where n div 2 is odd, for n from 0 to 27.
    let private coefficients: DoubleDouble[] =
        (ofFloat 1.0, [| 1..27 |])
        ||> Array.scan (fun factorial n -> mul factorial (ofFloat (float n)))
        |> Array.mapi (fun n factorial ->
            let inverse = div (ofFloat 1.0) factorial
            if n / 2 % 2 = 0 then inverse else negate inverse)

    /// The sum of coefficients[first], coefficients[first + 2] and so on, times powers of an angle's square: 13 terms leave less
    /// than 2^-107 of the whole, and the last five need no second half.
    let private series (square: DoubleDouble) (first: int) : DoubleDouble =
        let mutable tail = coefficients[first + 24].Hi

        for i in 22..-2..16 do
            tail <- fma tail square.Hi coefficients[first + i].Hi

        let mutable total = ofFloat tail

        for i in 14..-2..0 do
            total <- add (mul total square) coefficients[first + i]

        total

    let private sinOf (x: DoubleDouble) : float =
        let square = mul x x
        round (add x (mul x (mul square (series square 3))))

    let private cosOf (x: DoubleDouble) : float =
        let square = mul x x
        round (add (ofFloat 1.0) (mul square (series square 2)))

    /// The angle's distance in (-pi/4, pi/4) from a multiple of pi/2, and the multiple modulo 4.
    let private parts (x: float) : struct (int * DoubleDouble) =
        if abs x <= 0.78539816339744828 then
            struct (0, ofFloat x)
        else
            let struct (quarter, left) = reduced (abs x)

            if x < 0.0 then
                struct ((4 - quarter) &&& 3, negate left)
            else
                struct (quarter, left)

    /// The sine of an angle in radians; NaN for an infinite one.
    let sin (x: float) : float =
        if not (Double.IsFinite x) then
            Double.NaN
        elif abs x < 1.0e-150 then
            // Its cube is below any last place, and its square may be below the least number.
            x
        else
            let struct (quarter, left) = parts x

            match quarter with
            | 0 -> sinOf left
            | 1 -> cosOf left
            | 2 -> -(sinOf left)
            | _ -> -(cosOf left)

    /// The cosine of an angle in radians; NaN for an infinite one.
    let cos (x: float) : float =
        if not (Double.IsFinite x) then
            Double.NaN
        else
            let struct (quarter, left) = parts x

            match quarter with
            | 0 -> cosOf left
            | 1 -> -(sinOf left)
            | 2 -> -(cosOf left)
            | _ -> sinOf left
