import { type Actor, createActor, enqueueActions, setup } from "xstate";
import { HomeostatError } from "../../core/errors.ts";
import {
  enterMcpPhase,
  failMcpPhase,
  type McpError,
  type McpPhase,
  type McpPhaseResult,
  type McpPhases,
  noMcpPhase,
  timeOutMcpPhase,
} from "../../core/mcp-phases.ts";
import type { Operation, Subject } from "../subject.ts";
import { McpLifecycleOperation, recordedFailure, wireMcpResult } from "../wire/mcp-lifecycle.ts";
import { readOperation } from "../wire/wire.ts";

type Event =
  | { type: "phase.entered"; phase: McpPhase }
  | { type: "phase.failed"; error: McpError }
  | { type: "phase.timedOut"; phase: McpPhase; waitedMs: number; serverName: string | null };

const entering = ({ event }: { event: Event }): { phase: McpPhase | null } => ({
  phase: event.type === "phase.entered" ? event.phase : null,
});
/** To `phase`, if the decision lets it in; otherwise the move surfaces as an error. */
const enter = (phase: McpPhase) =>
  ({
    guard: {
      type: "leadsTo",
      params: ({ event }: { event: Event }) => ({ ...entering({ event }), to: phase }),
    },
    target: `.${phase}`,
    actions: "decide",
  }) as const;

/**
 * The phases of one MCP server as states: a move is taken when the decisions of `src/core/mcp-phases.ts` allow it, and
 * everything else goes to `error_surfacing`.
 */
const mcpLifecycleMachine = setup({
  types: {} as {
    context: McpPhases;
    events: Event;
    emitted: { type: "phase.decided"; result: McpPhaseResult };
  },
  guards: {
    leadsTo: ({ context }, { phase, to }: { phase: McpPhase | null; to: McpPhase }) =>
      phase === to && enterMcpPhase(context, to, 0).result.kind === "success",
  },
  actions: {
    decide: enqueueActions(({ context, event, enqueue }) => {
      const { phases, result } = decide(context, event);
      enqueue.assign(phases);
      enqueue.emit({ type: "phase.decided", result });
    }),
  },
}).createMachine({
  id: "mcpLifecycle",
  context: noMcpPhase,
  initial: "unstarted",
  on: {
    "phase.entered": [
      enter("config_load"),
      enter("server_registration"),
      enter("spawn_connect"),
      enter("initialize_handshake"),
      enter("tool_discovery"),
      enter("resource_discovery"),
      enter("ready"),
      enter("invocation"),
      enter("error_surfacing"),
      enter("shutdown"),
      enter("cleanup"),
      { target: ".error_surfacing", actions: "decide" },
    ],
    "phase.failed": { target: ".error_surfacing", actions: "decide" },
    "phase.timedOut": { target: ".error_surfacing", actions: "decide" },
  },
  states: {
    unstarted: {},
    config_load: {},
    server_registration: {},
    spawn_connect: {},
    initialize_handshake: {},
    tool_discovery: {},
    resource_discovery: {},
    ready: {},
    invocation: {},
    error_surfacing: {},
    shutdown: {},
    cleanup: {},
  },
});

function decide(phases: McpPhases, event: Event): ReturnType<typeof enterMcpPhase> {
  switch (event.type) {
    case "phase.entered":
      return enterMcpPhase(phases, event.phase, 0, "surface");
    case "phase.failed":
      return failMcpPhase(event.error);
    case "phase.timedOut":
      return timeOutMcpPhase({ ...event, at: 0 });
  }
}

/** One running chart; whether a move is allowed is asked of another, brought to where the move begins. */
export function mcpLifecycleMachines(): Subject {
  let server = start();
  return { answer, dispose: () => server.stop() };

  function answer(operation: Operation): unknown {
    const it = readOperation(McpLifecycleOperation, operation);
    switch (it.op) {
      case "new":
        server.stop();
        server = start();
        return { ok: true };
      case "run_phase":
        return wire(send(server, { type: "phase.entered", phase: it.phase }));
      case "record_failure":
        return wire(send(server, { type: "phase.failed", error: recordedFailure(it.phase, it.recoverable) }));
      case "record_timeout": {
        const { phase, waited_ms: waitedMs, server_name: serverName } = it;
        return wire(send(server, { type: "phase.timedOut", phase, waitedMs, serverName }));
      }
      case "validate_transition":
        return { valid: allows(it.from, it.to) };
    }
  }

  function wire(result: McpPhaseResult): unknown {
    const { value } = server.getSnapshot();
    return wireMcpResult(result, value === "unstarted" ? null : value);
  }
}

type Server = Actor<typeof mcpLifecycleMachine>;

function start(snapshot?: ReturnType<Server["getSnapshot"]>): Server {
  return createActor(mcpLifecycleMachine, { snapshot }).start();
}

/** What the chart reports of `event`. */
function send(server: Server, event: Event): McpPhaseResult {
  const results: McpPhaseResult[] = [];
  const subscription = server.on("phase.decided", ({ result }) => results.push(result));
  server.send(event);
  subscription.unsubscribe();
  const [result] = results;
  if (result === undefined) throw new HomeostatError("internal", "the chart mcpLifecycle decided nothing");
  return result;
}

function allows(from: McpPhase, to: McpPhase): boolean {
  const { result: last } = failMcpPhase(recordedFailure(from, true));
  const server = start(mcpLifecycleMachine.resolveState({ value: from, context: { current: from, last } }));
  const { kind } = send(server, { type: "phase.entered", phase: to });
  server.stop();
  return kind === "success";
}
