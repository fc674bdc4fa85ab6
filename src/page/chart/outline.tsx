/**
 * The chart as a tree of words: states, and under each its transitions. It has the focus; the picture follows it.
 *
 * @module
 */
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { eventLabel, transitionLabel } from "../../chart/labels.ts";
import { type ChartIndex, type ChartModel, type ChartState, indexOf } from "../../chart/model.ts";
import { duration } from "../format.ts";

interface OutlineProps {
  readonly model: ChartModel;
  readonly active: readonly { readonly id: string; readonly since: number }[];
  readonly taken: readonly string[];
  readonly now: number;
  readonly part: string | null;
  readonly onPart: (id: string) => void;
  readonly onOpen: (id: string) => void;
}

interface Line {
  readonly id: string;
  readonly parent: string | null;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly isState: boolean;
  readonly isExpandable: boolean;
  readonly text: string;
}

export function Outline({ model, active, taken, now, part, onPart, onOpen }: OutlineProps): ReactNode {
  const index = useMemo(() => indexOf(model), [model]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set());
  const lines = useMemo(() => linesOf(index, closed), [index, closed]);
  const since = new Map(active.map((it) => [it.id, it.since]));
  const list = useRef<HTMLUListElement>(null);
  const current = lines.find((it) => it.id === part) ?? lines[0];

  const focus = (line: Line | undefined): void => {
    if (line !== undefined) onPart(line.id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined) return;
    const at = lines.indexOf(current);
    const isOpen = current.isExpandable && !closed.has(current.id);
    switch (event.key) {
      case "ArrowDown":
        focus(lines[at + 1]);
        break;
      case "ArrowUp":
        focus(lines[at - 1]);
        break;
      case "ArrowRight":
        if (isOpen) focus(lines[at + 1]);
        else if (current.isExpandable) setClosed(new Set([...closed].filter((it) => it !== current.id)));
        break;
      case "ArrowLeft":
        if (isOpen) setClosed(new Set([...closed, current.id]));
        else focus(lines.find((it) => it.id === current.parent));
        break;
      case "Home":
        focus(lines[0]);
        break;
      case "End":
        focus(lines.at(-1));
        break;
      case "Enter":
      case " ":
        onOpen(current.id);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
    requestAnimationFrame(() =>
      list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
    );
  };

  return (
    <ul
      id="outline"
      className="outline"
      role="tree"
      aria-label={`Outline of ${model.id}`}
      tabIndex={0}
      ref={list}
      aria-activedescendant={current === undefined ? undefined : lineId(current.id)}
      onKeyDown={onKeyDown}
    >
      {lines.map((it) => {
        const from = since.get(it.id);
        const isTaken = taken.includes(it.id);
        return (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the tree has the keys
          <li
            key={it.id}
            id={lineId(it.id)}
            role="treeitem"
            aria-level={it.level}
            aria-posinset={it.position}
            aria-setsize={it.siblings}
            aria-selected={it === current}
            aria-expanded={it.isExpandable ? !closed.has(it.id) : undefined}
            className={`line level${Math.min(it.level, 8)} ${it.isState ? "state" : "transition"} ${from === undefined ? "" : "active"} ${isTaken ? "taken" : ""}`}
            onClick={() => onPart(it.id)}
            onDoubleClick={() => onOpen(it.id)}
          >
            <span className="mark" aria-hidden="true">
              {it.isState ? (from === undefined ? "○" : "●") : "→"}
            </span>
            {it.text}
            {from !== undefined && <span className="note">, active, {duration(now - from)}</span>}
            {isTaken && <span className="note">, taken last</span>}
          </li>
        );
      })}
    </ul>
  );
}

const lineId = (id: string): string => `outline-${id}`;

function linesOf(index: ChartIndex, closed: ReadonlySet<string>): Line[] {
  const lines: Line[] = [];
  const add = (state: ChartState, level: number, position: number, siblings: number): void => {
    const transitions = index.transitions(state.id);
    const children = index.children(state.id);
    const count = transitions.length + children.length;
    const kind = state.kind === "atomic" || state.kind === "compound" ? "" : `, ${state.kind}`;
    lines.push({
      id: state.id,
      parent: state.parent,
      level,
      position,
      siblings,
      isState: true,
      isExpandable: count > 0,
      text: `${state.key}${state.isRegion ? ", region" : ""}${kind}`,
    });
    if (closed.has(state.id)) return;
    transitions.forEach((it, at) => {
      const targets = it.targets.map((id) => index.state(id).key).join(" and ");
      const label = transitionLabel(it, state);
      lines.push({
        id: it.id,
        parent: state.id,
        level: level + 1,
        position: at + 1,
        siblings: count,
        isState: false,
        isExpandable: false,
        text: targets === "" ? label : `${label || eventLabel(it, state)}, to ${targets}`,
      });
    });
    children.forEach((it, at) => add(it, level + 1, transitions.length + at + 1, count));
  };
  add(index.root, 1, 1, 1);
  return lines;
}
