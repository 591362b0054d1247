using Xunit;

namespace Initializers.Facade.Tests;

public class PlaceholderTests
{
    [Fact]
    public void The_facade_answers() => Assert.Equal(42, FacadePlaceholder.Answer);
}
