/**
 * A supervisor for a host: the charts, its ports, a clock and observers, as one embeddable actor system. Holds no
 * globals: two supervisors in one process do not meet.
 *
 * @module
 */
import { type AnyActorRef, createActor } from "xstate";
import * as z from "zod";
import { Name, PluginSpec } from "../core/config.ts";
import { CrashBudgetPolicy } from "../core/crash-budget.ts";
import { HomeostatError } from "../core/errors.ts";
import type { Occurrence } from "../core/records.ts";
import { RecoveryRecipe, recoveryRecipes } from "../core/recovery.ts";
import { keyOf } from "../../machines/supervisor.ts";
import { SpawnBudgetPolicy } from "../core/spawn-budget.ts";
import type { CallOptions, CallOutcome, Health, Supervisor, SupervisorOptions } from "./api.ts";
import { callTool, type CallTarget, servingSession } from "./calls.ts";
import { check } from "./check.ts";
import { systemClock } from "./clock.ts";
import { createCommands } from "./commands.ts";
import { explainSubject } from "./explain.ts";
import { healthOf } from "./health.ts";
import { inspecting } from "./inspecting.ts";
import { createLogic } from "./logic.ts";
import { Recorder } from "./recorder.ts";
import { Sessions } from "./sessions.ts";
import { Slots } from "./slots.ts";
import { ToolCatalogue } from "./tools.ts";
import { View } from "./view.ts";
import { WaitingCalls } from "./waiting.ts";

const Checked = z.object({
  plugins: z.record(Name, PluginSpec),
  crashBudget: CrashBudgetPolicy.prefault({}),
  spawnBudget: SpawnBudgetPolicy.nullable().prefault({}),
  recipes: z.record(z.string(), RecoveryRecipe).default(recoveryRecipes),
  startSlots: z.int().positive().default(4),
  stopDeadlineMs: z.int().positive().default(10_000),
});

/** Throws `config_invalid`, with every problem, when the options do not fit. Starts nothing. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const checked = check(Checked, options, "the supervisor's options");
  const { plugins, crashBudget, spawnBudget, recipes, startSlots, stopDeadlineMs } = checked;
  const clock = options.clock ?? systemClock;
  const names = Object.keys(plugins);
  const recorder = new Recorder(clock, options.observers ?? []);
  const sessions = new Sessions();
  const waiting = new WaitingCalls(clock);
  const view = new View(() => attached);
  const calling = { view, sessions, waiting, clock, record: (it: Occurrence): void => recorder.record(it) };
  const catalogue = new ToolCatalogue(
    (target, args, callOptions) => callTool(calling, target, args, callOptions),
    (target: CallTarget) =>
      servingSession(calling, target)?.tools.some(({ name }) => name === target.tool.name) === true,
  );
  let attached: AnyActorRef | undefined;
  const logic = createLogic({
    input: {
      plugins: names.map((name) => ({ name, spec: plugins[name] })),
      crashBudget,
      spawnBudget,
      recipes,
      stopDeadlineMs,
    },
    host: { openServer: options.ports.openServer, slots: new Slots(startSlots), sessions, clock },
    recovery: {
      view,
      sessions,
      clock,
      ports: options.ports.recovery ?? {},
      send: (command) => running().send(command),
      on: (observer) => recorder.on(observer),
    },
    migration: options.ports.migration,
    lease: options.ports.lease,
    onAttach(actor) {
      if (attached !== undefined) {
        throw new HomeostatError("invalid_state", "this supervisor was started before; create another one");
      }
      attached = actor;
      watch(actor);
    },
    onOccurrence(occurrence) {
      if (occurrence.type === "server.started" || occurrence.type === "server.promoted")
        learnTools(occurrence);
      if (occurrence.type === "tools.changed") learnTools(occurrence);
      recorder.record(occurrence);
      announceAgain(occurrence);
      if ("server" in occurrence && occurrence.server !== null) {
        waiting.wake(keyOf({ plugin: occurrence.plugin, server: occurrence.server }));
      }
      if (occurrence.type === "supervisor.stopping") waiting.wakeAll();
    },
  });

  const supervisor: Supervisor = {
    get actor() {
      return running();
    },
    logic,
    start() {
      createActor(logic, { clock }).start();
    },
    settled: () => until(isSettled).then(health),
    async stop() {
      if (running().getSnapshot().status === "active")
        running().send({ type: "supervisor.stop", at: clock.now() });
      await ended();
    },
    async kill() {
      if (running().getSnapshot().status === "active")
        running().send({ type: "supervisor.kill", at: clock.now() });
      await ended();
    },
    tools: () => catalogue.all(),
    callTool: call,
    health,
    explain: (subject) => explainSubject(view, subject, { names, clock }),
    on: (observer) => recorder.on(observer),
    ...createCommands({ running, view, names, clock }),
  };
  const watch = inspecting(options.inspect ?? {}, {
    supervisor,
    onProblem: (message) => recorder.record({ type: "observer.failed", message, monotonicMs: clock.now() }),
  });
  return supervisor;

  function running(): AnyActorRef {
    if (attached !== undefined) return attached;
    throw new HomeostatError(
      "invalid_state",
      "the supervisor is not started: call start(), or run its logic in a machine",
    );
  }

  function health(): Health {
    return healthOf(view, names, { crashBudget, clock });
  }

  function call(
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    callOptions: CallOptions = {},
  ): Promise<CallOutcome> {
    const handle = catalogue.get(name);
    if (handle !== undefined) return handle.call(args, callOptions);
    const message = `no tool is called "${name}"; ${catalogue.all().length} are known, see tools()`;
    return Promise.resolve({ outcome: "unavailable", reason: "unknownTool", message, retryAfterMs: null });
  }

  function learnTools({ plugin, server }: { plugin: string; server: string }): void {
    const state = view.server(plugin, server);
    if (state?.active?.state !== "ready") return;
    const live = sessions.get(plugin, server, state.active.incarnation);
    const isOnlyServer = view.plugin(plugin)?.context.servers.length === 1;
    if (live !== undefined) catalogue.offer(plugin, server, isOnlyServer, live.tools);
  }

  /** Whoever passed the list of the process before on learns that there is another, even if it looks the same. */
  function announceAgain(occurrence: Occurrence): void {
    if (occurrence.type !== "server.started" && occurrence.type !== "server.promoted") return;
    const { plugin, server, incarnation, monotonicMs } = occurrence;
    if (incarnation === 1 || (occurrence.type === "server.started" && occurrence.role === "standby")) return;
    const tools = sessions.get(plugin, server, incarnation)?.tools.length;
    if (tools !== undefined) recorder.record({ type: "tools.changed", plugin, server, tools, monotonicMs });
  }

  function isSettled(): boolean {
    return health().plugins.every(({ state }) => settledStates.has(state));
  }

  /** Resolves when `holds` does: looked at after every record. */
  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (holds()) return resolve();
      const end = recorder.on(() => {
        if (!holds()) return;
        end();
        resolve();
      });
    });
  }

  function ended(): Promise<void> {
    const actor = running();
    if (actor.getSnapshot().status !== "active") return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => resolve();
      actor.subscribe({ complete: done, error: done });
    });
  }
}

const settledStates: ReadonlySet<string> = new Set(["healthy", "degraded", "failed", "stopped"]);
