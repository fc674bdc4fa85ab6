/**
 * Whether a machine's steps run functions of its author: guards, assigns, parameters, inputs, outputs, delays.
 *
 * @module
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { transitionsOf } from "../xstate-adapter.ts";

/**
 * False: every step is decided by the chart alone, so that it needs no repeating to be trusted. Actions of a machine's own
 * are told, not run; those that XState resolves count, as what they are given may be functions.
 */
export function runsCode(machine: AnyStateMachine, nodes: readonly AnyStateNode[]): boolean {
  const { actions: implementations } = machine.implementations as { actions?: Record<string, unknown> };
  const isResolved = (action: unknown): boolean => {
    if (typeof action === "function") return "resolve" in action;
    const { type, params } = (typeof action === "string" ? { type: action } : action) as {
      type: string;
      params?: unknown;
    };
    const known = implementations?.[type];
    return typeof params === "function" || (known !== undefined && known !== action && isResolved(known));
  };
  return nodes.some(
    (node) =>
      node.invoke.length > 0 ||
      typeof node.output === "function" ||
      [...node.entry, ...node.exit, ...(node.states === undefined ? [] : initialActions(node))].some(
        isResolved,
      ) ||
      transitionsOf(node).some(([, list]) =>
        list.some(({ guard, actions }) => guard !== undefined || actions.some(isResolved)),
      ),
  );
}

const initialActions = (node: AnyStateNode): readonly unknown[] =>
  node.config.initial === undefined ? [] : node.initial.actions;
