%% N permanent children of one OTP supervisor end at one moment; microseconds until each is up again.
-module(storm).
-behaviour(supervisor).
-export([main/1, init/1, start_child/1, child/1]).

init(Collector) ->
    Child = #{id => child, start => {?MODULE, start_child, [Collector]}, restart => permanent},
    {ok, {#{strategy => simple_one_for_one, intensity => 1000000, period => 1}, [Child]}}.

start_child(Collector) -> proc_lib:start_link(?MODULE, child, [Collector]).

child(Collector) ->
    proc_lib:init_ack({ok, self()}),
    Collector ! up,
    receive crash -> exit(crash) end.

main(N) ->
    logger:set_primary_config(level, none),
    {ok, Supervisor} = supervisor:start_link(?MODULE, self()),
    Children = [element(2, supervisor:start_child(Supervisor, [])) || _ <- lists:seq(1, N)],
    await(N),
    {Us, _} = timer:tc(fun() -> [Child ! crash || Child <- Children], await(N) end),
    N = proplists:get_value(active, supervisor:count_children(Supervisor)),
    io:format("~p~n", [Us]).

await(0) -> ok;
await(N) -> receive up -> await(N - 1) end.
