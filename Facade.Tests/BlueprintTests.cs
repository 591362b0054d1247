using Initializers.Models;

namespace Initializers.Facade.Tests;

/// <summary>Models as C# programs see them.</summary>
public class BlueprintTests
{
    private static readonly Blueprint Model = Blueprint.Parse(
        """
        {
          "tensors": {
            "conv.weight": {"dtype": "F32", "shape": [64, 3, 7, 7]},
            "bn.num_batches_tracked": {"dtype": "I64", "shape": []}
          },
          "rules": [
            {"regex": "^conv", "rank": 4, "spec": {"initializer": "he_normal", "mode": "fan_out"}, "layout": "oihw"},
            {"pattern": "*", "spec": "zeros"}
          ]
        }
        """
    );

    [Fact]
    public void Tensors_of_integers_have_a_storage_and_no_dtype()
    {
        Assert.Equal([DType.Float32, null], Model.Tensors.Select(t => t.DType));
        Assert.Equal(["F32", "I64"], Model.Tensors.Select(t => t.Storage));
        var planned = Model.Plan(dtype: DType.BFloat16);
        Assert.Equal(["BF16", "I64"], planned.Select(t => t.Storage));
        Assert.Equal("zeros", planned[1].Initializer);
    }

    [Fact]
    public void Memories_have_the_elements_of_the_file()
    {
        float[] conv = new float[64 * 3 * 7 * 7];
        long[] counter = [3];
        Model.Fill(
            new Dictionary<string, HostMemory>
            {
                ["conv.weight"] = conv,
                ["bn.num_batches_tracked"] = HostMemory.Of<long>(counter),
            },
            seed: 42
        );
        float[] expected = new float[conv.Length];
        Initializer
            .FromText("kaiming_normal(mode=fan_out)")
            .Fill(expected, [64, 3, 7, 7], Layout.OutInSpatial, seed: new Seed(42, 0).Child("conv.weight"));
        Assert.Equal(expected, conv);
        Assert.Equal([0], counter);

        var refused = Assert.Throws<InitializerException>(() =>
            Model.Fill(new Dictionary<string, HostMemory> { ["conv"] = conv }, seed: 42)
        );
        Assert.Equal(
            ["memory-missing", "memory-missing", "memory-unknown"],
            refused.Faults.Select(f => f.Code).Order()
        );
        Assert.Throws<ArgumentNullException>(() =>
            Model.Fill(new Dictionary<string, HostMemory> { ["conv.weight"] = null! }, seed: 42)
        );
    }

    [Fact]
    public void An_explanation_has_rule_fan_and_moments()
    {
        var explained = Model.Explain();
        Assert.Equal(["/^conv/, rank 4", "*"], explained.Select(e => e.Rule));
        Assert.Equal(["fan_out=3136", ""], explained.Select(e => e.Fan));
        Assert.Equal(["normal(mean=0, stddev=0.0252538)", "zeros"], explained.Select(e => e.Distribution));
        Assert.Equal(Math.Sqrt(2.0 / 3136), explained[0].Stddev, 1e-15);
        Assert.Equal(0, explained[1].Stddev);
        Assert.Equal("kaiming_normal(mode=fan_out)", explained[0].Tensor.Initializer);
    }

    [Fact]
    public void A_wrong_rule_is_one_fault_with_its_place_and_its_tensors()
    {
        var layers = string.Join(
            ", ",
            Enumerable
                .Range(0, 1000)
                .Select(i =>
                    $$"""
                        "h.{{i}}": {"dtype": "F32", "shape": [2]}
                        """
                )
        );
        var wrong = Blueprint.Parse(
            $$"""{"tensors": { {{layers}} }, "rules": [{"pattern": "h.*", "spec": "normal(stddev=1/(d0-2))"}]}"""
        );
        var fault = Assert.Single(Assert.Throws<InitializerException>(() => wrong.Plan()).Faults);
        Assert.Equal("expression-undefined", fault.Code);
        Assert.Equal(
            "rules[0] (h.*), tensor 'h.0' and 999 more tensors: "
                + "'normal(stddev=1/(d0-2))', column 16: 1/0 has no finite value.",
            fault.Message
        );
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_a_fault_of_syntax_in_its_place()
    {
        var e = Assert.Throws<InitializerException>(() =>
            Blueprint.Parse("{\n\"é\ud800\": {\"dtype\": \"F32\", \"shape\": [2]}}")
        );
        Assert.Equal(["json-syntax"], e.Faults.Select(f => f.Code));
        Assert.StartsWith("blueprint, line 2, column 4: ", e.Message, StringComparison.Ordinal);
        Assert.Equal(["json-syntax"], Make.Codes(() => Initializer.FromJson("{\"initializer\": \"\udc00\"}")));
    }

    [Fact]
    public void A_text_names_no_file()
    {
        Assert.Equal(
            ["json-field"],
            Make.Codes(() => Blueprint.Parse("""{"tensors": "model.safetensors", "recipe": "gpt2"}"""))
        );
    }
}
