using System.Globalization;
using Initializers.Stateful;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace Initializers;

/// <summary>Where an initializer's fans come from: two numbers, a layout or a role for each axis of the shape, or nowhere.</summary>
/// <remarks>A <see cref="Layout"/>, a <see cref="FanAxes"/> and a text convert, so that calls take each of them. The default
/// value is <see cref="None"/>. Fans are never guessed: a call that needs a fan which is not given reports
/// <c>fan-missing</c>.</remarks>
/// <example>
/// <code>
/// using Tensor a = new KaimingNormal().CreateVariables([512, 256], Layout.OutIn);
/// using Tensor b = new KaimingNormal().CreateVariables([8, 256, 1024], fans: "stack,in,out");
/// using Tensor c = new KaimingNormal().CreateVariables([512, 256], Fans.Of(fanIn: 256));
/// </code>
/// </example>
public readonly struct Fans : IEquatable<Fans>
{
    private readonly FSharp.Fan? _fan;
    private readonly FSharpList<FSharp.InitError>? _faults;
    private readonly string? _unread;

    private Fans(FSharp.Fan fan) => _fan = fan;

    private Fans(string unread, FSharpList<FSharp.InitError> faults) => (_unread, _faults) = (unread, faults);

    /// <summary>No fans; initializers that divide by a fan report <c>fan-missing</c>.</summary>
    public static Fans None => default;

    /// <summary>Returns fans as numbers.</summary>
    /// <param name="fanIn">The number of inputs that reach one output, finite and above 0; null if not known. A call
    /// reports another as <c>fan-not-positive</c>.</param>
    /// <param name="fanOut">The number of outputs that one input reaches, finite and above 0; null if not known. A call
    /// reports another as <c>fan-not-positive</c>.</param>
    /// <returns>The fans.</returns>
    /// <example><code>Fans fans = Fans.Of(fanIn: 256, fanOut: 512);</code></example>
    public static Fans Of(double? fanIn = null, double? fanOut = null) =>
        new(FSharp.FanModule.OfOptions(OptionModule.OfNullable(fanIn), OptionModule.OfNullable(fanOut)));

    /// <summary>Returns fans that are read from the shape, whose axes a layout names.</summary>
    /// <param name="layout">The layout. A call reports a value outside the enum as <c>layout-unknown</c>, and a shape of
    /// another rank as <c>layout-rank</c>.</param>
    /// <returns>The fans.</returns>
    /// <example><code>Fans fans = Layout.OutInSpatial;</code></example>
    public static implicit operator Fans(Layout layout) => new(FSharp.Fan.NewFrom(layout));

    /// <summary>Returns fans that are read from the shape by a role for each axis.</summary>
    /// <param name="axes">The roles, and a convolution's groups, stride and direction. A call reports more or fewer roles than
    /// axes as <c>axes-rank</c>, groups that do not divide the fan as <c>groups-not-dividing</c>, groups or a stride that are not
    /// above 0 as <c>not-positive</c>, and a role outside its enum as <c>layout-unknown</c>.</param>
    /// <returns>The fans.</returns>
    /// <example><code>Fans fans = FanAxes.Parse("stack,in,out");</code></example>
    public static implicit operator Fans(FanAxes axes) => new(FSharp.Fan.NewAxes(axes));

    /// <summary>Reads fans from a text.</summary>
    /// <param name="text">A layout's name, such as <c>oi</c>, or a role for each axis, such as <c>stack,in,out</c>. The
    /// conversion accepts every text; a call reports one that cannot be read as <c>layout-unknown</c>, with all
    /// other faults of the request.</param>
    /// <returns>The fans.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <example><code>Fans fans = "out,in,spatial,spatial,groups:64";</code></example>
    public static implicit operator Fans(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var fan = FSharp.FanModule.OfLayoutText(text);
        return fan.IsOk ? new(fan.ResultValue) : new(text, fan.ErrorValue);
    }

    /// <summary>Compares the sources of two values.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    /// <returns>True for the same layout, roles, numbers or unreadable text.</returns>
    public static bool operator ==(Fans left, Fans right) => left.Equals(right);

    /// <summary>Compares the sources of two values.</summary>
    /// <param name="left">The one.</param>
    /// <param name="right">The other.</param>
    /// <returns>False for the same layout, roles, numbers or unreadable text.</returns>
    public static bool operator !=(Fans left, Fans right) => !left.Equals(right);

    /// <summary>The faults of a text that could not be read.</summary>
    internal FSharpList<FSharp.InitError> Faults => _faults ?? FSharpList<FSharp.InitError>.Empty;

    /// <summary>The core's fan; no fans for a text that could not be read.</summary>
    internal FSharp.Fan Fan => _fan ?? FSharp.Fan.Unknown;

    /// <summary>The core's fan; none for a text that could not be read.</summary>
    internal FSharpOption<FSharp.Fan> Readable =>
        _unread is null ? FSharpOption<FSharp.Fan>.Some(Fan) : FSharpOption<FSharp.Fan>.None;

    /// <summary>Compares the sources of two values.</summary>
    /// <param name="other">The other fans.</param>
    /// <returns>True for the same layout, roles, numbers or unreadable text.</returns>
    public bool Equals(Fans other) => _unread == other._unread && Fan.Equals(other.Fan);

    /// <summary>Compares with another object.</summary>
    /// <param name="obj">The other object.</param>
    /// <returns>True for fans of the same layout, roles, numbers or unreadable text.</returns>
    public override bool Equals(object? obj) => obj is Fans other && Equals(other);

    /// <summary>Returns a hash code that agrees with equality.</summary>
    /// <returns>The code.</returns>
    public override int GetHashCode() => HashCode.Combine(_unread, Fan);

    /// <summary>Writes the source as text, the same in every culture.</summary>
    /// <returns>Such as <c>oi</c>, <c>stack,in,out</c>, <c>fan_in=256, fan_out=512</c> or <c>none</c>; a text that could not be
    /// read as it was given.</returns>
    public override string ToString() =>
        _unread
        ?? Fan switch
        {
            FSharp.Fan.From from => from.layout.ToText(),
            FSharp.Fan.Axes axes => FSharp.FanAxes.ToText(axes.axes),
            FSharp.Fan.In fan => $"fan_in={Number(fan.fanIn)}",
            FSharp.Fan.Out fan => $"fan_out={Number(fan.fanOut)}",
            FSharp.Fan.Of fan => $"fan_in={Number(fan.fanIn)}, fan_out={Number(fan.fanOut)}",
            _ => "none",
        };

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
