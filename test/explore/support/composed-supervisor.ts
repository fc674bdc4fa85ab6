/** The supervisor with a plugin, its crash budget and its recovery, as they are put together at run time. */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { explore as budgetExplore } from "../../../machines/crash-budget/explore.ts";
import { crashBudgetMachine } from "../../../machines/crash-budget.ts";
import { explore as pluginExplore } from "../../../machines/plugin-lifecycle/explore.ts";
import { pluginLifecycleMachine } from "../../../machines/plugin-lifecycle.ts";
import { explore as recoveryExplore } from "../../../machines/recovery/explore.ts";
import { recoveryMachine } from "../../../machines/recovery.ts";
import { explore as supervisorExplore } from "../../../machines/supervisor/explore.ts";
import { supervisorMachine } from "../../../machines/supervisor.ts";
import { recipeFor, recoveryRecipes } from "../../../src/core/recovery.ts";
import type {
  CheckOptions,
  ComponentOptions,
  ComposedProperty,
  CompositionOptions,
} from "../../../src/explore/index.ts";

const spec = { servers: { s: { command: "s" } } };
const recipe = {
  ...recipeFor(recoveryRecipes, "mcp_handshake_failure"),
  escalationPolicy: "abort" as const,
};
const recorded = new Set([
  "plugin.rejected",
  "server.starting",
  "server.phaseEntered",
  "server.promoted",
  "server.probeMissed",
  "tools.changed",
]);
const recoveryName = "recovery:p/s|mcp_handshake_failure";
const abstractionOf = ({ abstract }: CheckOptions): Pick<CheckOptions, "abstract"> =>
  abstract === undefined ? {} : { abstract };
const silent = (machine: AnyStateMachine): Record<string, []> =>
  Object.fromEntries(machine.events.map((type) => [type as string, []]));

/** Every chart has a clock of its own, which its own timers move: messages carry no instants. */
const timeless = (event: AnyEventObject): AnyEventObject =>
  JSON.parse(
    JSON.stringify(event, (key, value: unknown) => (key === "at" || key === "monotonicMs" ? 0 : value)),
  ) as AnyEventObject;
const now = (event: AnyEventObject, { context }: AnyMachineSnapshot): AnyEventObject => {
  const { at } = context as { at: number };
  const report = event["report"] as object | undefined;
  return {
    ...event,
    at,
    monotonicMs: at,
    ...(report === undefined ? {} : { report: { ...report, at } }),
  };
};

const reporting = { isSpawned: true, parent: "supervisor", send: timeless, receive: now } as const;
const pick = (events: unknown, types: readonly string[]): Record<string, never> =>
  Object.fromEntries(types.map((type) => [type, (events as Record<string, never>)[type]])) as Record<
    string,
    never
  >;

interface Composing {
  /** Then processes fail to start or get ready, and do not exit by themselves: else there are millions of states. */
  readonly withRecovery?: boolean;
  readonly properties?: readonly ComposedProperty[];
  /** How many like plugins: `p`, `q`. */
  readonly plugins?: 1 | 2;
  /** `first`: as the charts' actors hand on messages in one process. */
  readonly delivery?: CompositionOptions["delivery"];
}

/** `machines`: those that take the places of the real ones. */
export function composedSupervisor(
  machines: Partial<Record<"supervisor" | "plugin" | "budget" | "recovery", AnyStateMachine>> = {},
  { withRecovery = false, properties = [], plugins = 1, delivery = "any" }: Composing = {},
): CompositionOptions {
  const names = ["p", "q"].slice(0, plugins);
  const plugin = (name: string): ComponentOptions => ({
    ...reporting,
    machine: machines.plugin ?? pluginLifecycleMachine,
    input: { name, stopDeadlineMs: 2 },
    events: {
      ...silent(pluginLifecycleMachine),
      ...pick(pluginExplore.events, [
        "process.ready",
        "process.startFailed",
        ...(withRecovery ? [] : ["process.exited"]),
      ]),
    },
    // What the supervisor does no more than record.
    send: (report) => (recorded.has(report.type) ? null : timeless(report)),
    ...abstractionOf(pluginExplore),
    ignoreChildren: true,
  });
  const budget: ComponentOptions = {
    ...reporting,
    machine: machines.budget ?? crashBudgetMachine,
    input: budgetExplore.input,
    events: silent(crashBudgetMachine),
    ...abstractionOf(budgetExplore),
  };
  const supervisor: ComponentOptions = {
    machine: machines.supervisor ?? supervisorMachine,
    send: timeless,
    receive: now,
    input: {
      plugins: names.map((name) => ({ name, spec })),
      stopDeadlineMs: 3,
      recipes: withRecovery ? { mcp_handshake_failure: recipe } : {},
      spawnBudget: null,
      crashBudget: (budgetExplore.input as { policy: object }).policy,
    },
    events: {
      ...silent(supervisorMachine),
      ...pick(supervisorExplore.events, ["supervisor.start", "supervisor.stop"]),
    },
    outcomes: { pluginLifecycle: [], crashBudget: [], recovery: [] },
    ignoreChildren: true,
    ...abstractionOf(supervisorExplore),
  };
  const recovery: ComponentOptions = {
    ...reporting,
    machine: machines.recovery ?? recoveryMachine,
    input: { subject: "p/s", scenario: "mcp_handshake_failure", recipe, rules: { provenMs: 1, logLimit: 2 } },
    send: (report) => ({ type: "recovery.reported", report: timeless(report) }),
    events: silent(recoveryMachine),
    outcomes: recoveryExplore.outcomes ?? {},
    ...abstractionOf(recoveryExplore),
  };
  return {
    components: {
      supervisor,
      ...Object.fromEntries(names.map((name) => [`plugin:${name}`, plugin(name)])),
      // Each of its own, as their states do not tell the key.
      ...Object.fromEntries(names.map((name) => [`budget:${name}/s`, { ...budget }])),
      ...(withRecovery ? { [recoveryName]: recovery } : {}),
    },
    mailbox: delivery === "first" ? 8 : { supervisor: 3, "plugin:p": 2, "budget:p/s": 1, [recoveryName]: 2 },
    delivery,
    properties,
    maxStates: 2_000_000,
    whenFull: "wait",
  };
}
