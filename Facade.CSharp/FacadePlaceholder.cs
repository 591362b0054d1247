namespace Initializers;

/// <summary>Stands in until the first class is here.</summary>
public static class FacadePlaceholder
{
    /// <summary>The answer that the placeholder tests expect.</summary>
    public static int Answer => 42;
}
