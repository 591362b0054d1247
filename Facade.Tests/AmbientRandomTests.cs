using System.Collections.Concurrent;

namespace Initializers.Facade.Tests;

/// <summary>Where seeds come from when a call gives none.</summary>
public class AmbientRandomTests
{
    private static Seed Of(ulong key, ulong stream) => new(key, stream);

    [Fact]
    public void Call_k_takes_stream_k()
    {
        using (InitializerRandom.Scope(42))
        {
            Assert.Equal(Expected(0), Make.Values(new RandomNormal().CreateVariables([9])));
            Assert.Equal(Expected(1), Make.Values(new RandomNormal().CreateVariables([9])));
            new RandomNormal().CreateVariables([9], seed: 3).Dispose(); // has a seed, so it takes none
            new RandomNormal(seed: 3).CreateVariables([9]).Dispose();
            Assert.Equal(Expected(2), Make.Values(new RandomNormal().CreateVariables([9])));
            new Zeros().CreateVariables([9], Layout.OutIn).Dispose(); // every call without one counts
            Assert.Throws<InitializerException>(() => new KaimingNormal().CreateVariables([9]));
            Assert.Equal(Expected(5), Make.Values(new RandomNormal().CreateVariables([9])));
        }

        static float[] Expected(ulong k) => Make.Values(new RandomNormal().CreateVariables([9], seed: Of(42, k)));
    }

    [Fact]
    public void Scopes_nest_and_the_outer_one_goes_on()
    {
        using (InitializerRandom.Scope(1))
        {
            Assert.Equal(Of(1, 0), InitializerRandom.Next());
            using (InitializerRandom.Scope(2))
            {
                Assert.Equal(Of(2, 0), InitializerRandom.Next());
            }
            Assert.Equal(Of(1, 1), InitializerRandom.Next());
        }
    }

    [Fact]
    public void Disposing_twice_or_out_of_order_does_no_harm()
    {
        using IDisposable root = InitializerRandom.Scope(0);
        IDisposable outer = InitializerRandom.Scope(1);
        IDisposable inner = InitializerRandom.Scope(2);
        outer.Dispose();
        Assert.Equal(2ul, InitializerRandom.Next().Key);
        inner.Dispose();
        Assert.Equal(0ul, InitializerRandom.Next().Key);
        inner.Dispose();
        outer.Dispose();
        Assert.Equal(Of(0, 1), InitializerRandom.Next());
    }

    [Fact]
    public void Outside_scopes_seeds_are_of_one_key_of_entropy_and_never_repeat()
    {
        Seed first = InitializerRandom.Next();
        Seed second = InitializerRandom.Next();
        Assert.Equal(first.Key, second.Key);
        Assert.True(second.Stream > first.Stream);
        Assert.NotEqual(
            Make.Values(new RandomNormal().CreateVariables([9])),
            Make.Values(new RandomNormal().CreateVariables([9]))
        );
    }

    [Fact]
    public async Task A_scope_flows_through_awaits_and_into_tasks()
    {
        using (InitializerRandom.Scope(7))
        {
            Assert.Equal(Of(7, 0), InitializerRandom.Next());
            await Task.Yield();
            Assert.Equal(Of(7, 1), InitializerRandom.Next());
            Assert.Equal(Of(7, 2), await Task.Run(InitializerRandom.Next));
            await Callee();
            Assert.Equal(Of(7, 3), InitializerRandom.Next());
        }
        Assert.NotEqual(7ul, InitializerRandom.Next().Key);

        static async Task Callee()
        {
            using IDisposable scope = InitializerRandom.Scope(8);
            await Task.Yield();
            Assert.Equal(Of(8, 0), InitializerRandom.Next());
        }
    }

    [Fact]
    public async Task Two_flows_do_not_see_each_others_scopes()
    {
        using var both = new Barrier(2);
        Task<Seed[]> Flow(ulong key) =>
            Task.Factory.StartNew(
                () =>
                {
                    using IDisposable scope = InitializerRandom.Scope(key);
                    both.SignalAndWait();
                    Seed[] seeds = [InitializerRandom.Next(), InitializerRandom.Next()];
                    both.SignalAndWait();
                    return seeds;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        Seed[][] seeds = await Task.WhenAll(Flow(1), Flow(2));
        Assert.Equal([Of(1, 0), Of(1, 1)], seeds[0]);
        Assert.Equal([Of(2, 0), Of(2, 1)], seeds[1]);
    }

    [Fact]
    public async Task A_task_that_outlives_its_scope_keeps_its_generator()
    {
        using var disposed = new SemaphoreSlim(0);
        Task<Seed> late;
        using (InitializerRandom.Scope(5))
        {
            late = Task.Run(async () =>
            {
                await disposed.WaitAsync();
                return InitializerRandom.Next();
            });
        }
        disposed.Release();
        Assert.Equal(Of(5, 0), await late);
    }

    [Fact]
    public void Sixty_four_threads_take_every_stream_once()
    {
        var seeds = new ConcurrentBag<ulong>();
        using (InitializerRandom.Scope(42))
        {
            Thread[] threads =
            [
                .. Enumerable
                    .Range(0, 64)
                    .Select(_ => new Thread(() =>
                    {
                        for (int i = 0; i < 100; i++)
                        {
                            seeds.Add(InitializerRandom.Next().Stream);
                        }
                    })),
            ];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
        }
        Assert.Equal(Enumerable.Range(0, 6400).Select(k => (ulong)k), seeds.Order());
    }

    [Fact]
    public void Sixty_four_threads_with_one_initializer_get_the_bits_of_one()
    {
        var init = new KaimingNormal();
        float[] expected = Make.Values(init.CreateVariables([300, 300], Layout.OutIn, seed: 42)); // more than one tile
        Parallel.For(
            0,
            64,
            _ => Assert.Equal(expected, Make.Values(init.CreateVariables([300, 300], Layout.OutIn, seed: 42)))
        );
    }
}
