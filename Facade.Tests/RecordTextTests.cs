using System.Collections;
using System.Reflection;
using Initializers.Models;

namespace Initializers.Facade.Tests;

/// <summary>Records print what they hold.</summary>
public class RecordTextTests
{
    [Fact]
    public void Lists_are_printed_by_their_elements() =>
        Assert.Equal(
            "BlueprintTensor { Name = w, Shape = [64, 3], DType = Float32, Storage = F32, Initializer = , TiedTo =  }",
            new BlueprintTensor("w", [64, 3], DType.Float32, "F32").ToString()
        );

    [Fact]
    public void Long_lists_end_with_a_count() =>
        Assert.Contains(
            "Shape = [1, 2, 3, 4, 5, 6, 7, 8, … (2 more)], Values = 0",
            new VerifiedTensor("w", "F32", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0, "ones", null).ToString(),
            StringComparison.Ordinal
        );

    /// <summary>Every public record with a list, so that no new one prints a type's name.</summary>
    [Fact]
    public void No_record_prints_the_name_of_a_collections_type()
    {
        Type[] records =
        [
            .. typeof(BlueprintTensor)
                .Assembly.GetExportedTypes()
                .Where(t => t.GetMethod("<Clone>$") is not null && t.GetProperties().Any(IsList)),
        ];
        Assert.Contains(typeof(InspectedTensor), records);
        foreach (Type record in records)
        {
            object value = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(record);
            foreach (PropertyInfo property in record.GetProperties().Where(IsList))
            {
                Type element = property.PropertyType.GetGenericArguments()[0];
                Array items = Array.CreateInstance(element, 1);
                property.SetValue(value, items);
                Assert.DoesNotContain(items.ToString()!, value.ToString(), StringComparison.Ordinal);
            }
        }
    }

    private static bool IsList(PropertyInfo property) =>
        property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable));
}
