import { type CallbackActorLogic, fromCallback } from "xstate";
import type {
  PluginLifecycleEvent,
  ServerProcessCommand,
  ServerProcessInput,
} from "../../machines/plugin-lifecycle.ts";
import { HomeostatError, toFailure } from "../core/errors.ts";
import type { OpenServer, ServerSession, StartPhase } from "../core/ports.ts";
import type { StartFailure } from "../core/server.ts";
import { StartError } from "../core/start-error.ts";
import type { Clock } from "./clock.ts";
import { startProbing } from "./probing.ts";
import type { LiveSession, Sessions } from "./sessions.ts";
import type { Slots } from "./slots.ts";

interface Host {
  readonly openServer: OpenServer;
  readonly slots: Slots;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** What a process tells of itself, before it is tagged with whose it is. */
type News<E extends PluginLifecycleEvent = PluginLifecycleEvent> = E extends { incarnation: number }
  ? Omit<E, "server" | "incarnation" | "at">
  : never;

/**
 * The actor that runs one process of a server: takes a start slot, opens the session, probes it, and reports how it
 * ended, exactly once. When the actor is stopped the process is killed, whatever it is doing.
 */
export function createServerProcess(
  host: Host,
): CallbackActorLogic<ServerProcessCommand, ServerProcessInput> {
  return fromCallback<ServerProcessCommand, ServerProcessInput>(({ input, sendBack, receive }) => {
    const { plugin, server, incarnation, spec } = input;
    const { clock, sessions } = host;
    const abort = new AbortController();
    let session: ServerSession | undefined;
    let endProbing = (): void => {};
    let isOver = false;

    receive(({ type }) => {
      if (type === "process.kill") session?.kill("requested");
      else void session?.close();
      // Still on its way up: giving up the start ends the process.
      if (session === undefined) abort.abort();
    });
    void run();
    return () => {
      isOver = true;
      endProbing();
      abort.abort();
      session?.kill("requested");
      sessions.remove(plugin, server, incarnation);
    };

    async function run(): Promise<void> {
      const opened = await open();
      if ("failure" in opened) return tell({ type: "process.startFailed", failure: opened.failure });
      session = opened.session;
      if (isOver) return session.kill("requested");
      const live = { session, incarnation, tools: session.tools, inFlight: 0, activeAt: clock.now() };
      sessions.add(plugin, server, live, opened.startMs);
      watch(live);
      tell({
        type: "process.ready",
        pid: session.pid,
        tools: session.tools.map(({ name }) => name),
        resources: session.resources.map(({ uri }) => uri),
        partial: session.partial,
      });
    }

    async function open(): Promise<{ session: ServerSession; startMs: number } | { failure: StartFailure }> {
      let release: (() => void) | undefined;
      try {
        release = await host.slots.acquire(abort.signal);
        // It may have been given up between the slot's turn and this one.
        if (abort.signal.aborted)
          throw new HomeostatError("aborted", "the start was given up before it began");
        const startedAt = clock.now();
        const onPhase = (phase: StartPhase): void => tell({ type: "process.phaseEntered", phase });
        const opened = await host.openServer({ plugin, server, incarnation, spec, onPhase }, abort.signal);
        return { session: opened, startMs: clock.now() - startedAt };
      } catch (error) {
        return { failure: startFailureOf(error) };
      } finally {
        release?.();
      }
    }

    function watch(live: LiveSession): void {
      void live.session.exited.then((exit) => {
        endProbing();
        sessions.remove(plugin, server, incarnation);
        tell({ type: "process.exited", exit });
      });
      live.session.onToolsChanged((tools) => {
        live.tools = tools;
        tell({ type: "process.toolsListed", tools: tools.map(({ name }) => name) });
      });
      endProbing = startProbing({
        live,
        policy: spec.probe,
        clock,
        onMisses: (misses) => tell({ type: "process.probed", misses }),
        onUnresponsive: () => live.session.kill("unresponsive"),
      });
    }

    function tell(news: News): void {
      if (!isOver) sendBack({ ...news, server, incarnation, at: clock.now() } as PluginLifecycleEvent);
    }
  });
}

/** Whatever a port threw, as a failure that the charts can decide on. */
function startFailureOf(error: unknown): StartFailure {
  if (error instanceof StartError) return error.failure;
  const permanent = error instanceof HomeostatError && error.code === "not_provided";
  return { ...toFailure(error), permanent, exit: null };
}
