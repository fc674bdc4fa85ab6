/**
 * All actors as an indented list. Only the rows in sight exist; a thousand actors cost no more than forty.
 *
 * @module
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef } from "react";
import { useSlice, useView } from "../client.ts";
import { rate } from "../format.ts";
import type { TreeRow } from "../ingest/slices.ts";
import { usePage } from "../page.ts";
import { FilterField } from "../widgets/filter-field.tsx";
import { HealthMark } from "../widgets/health-mark.tsx";
import { Meter } from "../widgets/meter.tsx";

const rowHeight = 27;
const overscan = 8;

export function ActorTree(): ReactNode {
  const page = usePage();
  const { client } = page;
  const tree = useSlice(client, "tree");
  const view = useView(client);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: tree?.total ?? 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  const items = virtual.getVirtualItems();
  const start = items[0]?.index ?? 0;
  const rows = Math.max(40, items.length);
  useEffect(() => client.show({ tree: { start, rows } }), [client, start, rows]);

  // The first actor is as good as any, and the chart is not empty.
  const first = tree?.rows[0]?.key;
  useEffect(() => {
    if (view.selected === null && first !== undefined) page.select(first);
  }, [page, first, view.selected]);

  const setCollapsed = (key: string, isCollapsed: boolean): void => {
    const others = view.tree.collapsed.filter((it) => it !== key);
    client.show({ tree: { collapsed: isCollapsed ? [...others, key] : others } });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (tree === undefined || event.ctrlKey || event.metaKey) return;
    const key = { j: "ArrowDown", k: "ArrowUp", h: "ArrowLeft", l: "ArrowRight" }[event.key] ?? event.key;
    const at = tree.rows.findIndex((it) => it.key === view.selected);
    const current = tree.rows[at];
    const choose = (row: TreeRow | undefined): void => {
      if (row === undefined) return;
      page.select(row.key);
      virtual.scrollToIndex(tree.start + tree.rows.indexOf(row));
    };
    switch (key) {
      case "ArrowDown":
      case "ArrowUp":
        // It was scrolled out of sight: first come back to it.
        if (current === undefined && tree.selectedIndex >= 0) virtual.scrollToIndex(tree.selectedIndex);
        else choose(tree.rows[at + (key === "ArrowDown" ? 1 : -1)]);
        break;
      case "ArrowRight":
        if (current?.isExpandable !== true) break;
        if (current.isExpanded) choose(tree.rows[at + 1]);
        else setCollapsed(current.key, false);
        break;
      case "ArrowLeft":
        if (current === undefined) break;
        if (current.isExpandable && current.isExpanded) setCollapsed(current.key, true);
        else choose(tree.rows.slice(0, at).findLast((it) => it.depth < current.depth));
        break;
      case "Enter":
        page.focus("outline");
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <nav className="actors" aria-label="Actors">
      <h2>
        Actors <span>{(tree?.actors ?? 0).toLocaleString("en")}</span>
      </h2>
      <FilterField
        id="tree-filter"
        label="Filter actors"
        placeholder="mail  state:recovering  is:error"
        value={view.tree.filter}
        problem={tree?.problem ?? null}
        onChange={(filter) => client.show({ tree: { filter, start: 0 } })}
      />
      <div
        ref={scroller}
        id="tree-rows"
        className="rows"
        role="treegrid"
        aria-label="Actors"
        aria-rowcount={tree?.total ?? 0}
        tabIndex={0}
        aria-activedescendant={
          tree?.rows.some((it) => it.key === view.selected) === true ? rowId(view.selected ?? "") : undefined
        }
        onKeyDown={onKeyDown}
      >
        <div role="presentation" className="virtual" style={{ height: virtual.getTotalSize() }}>
          {tree?.rows.map((row, index) => (
            <Row
              key={row.key}
              row={row}
              index={tree.start + index}
              isSelected={row.key === view.selected}
              onSelect={() => page.select(row.key)}
              onToggle={() => setCollapsed(row.key, row.isExpanded)}
            />
          ))}
        </div>
      </div>
      {tree?.total === 0 && (
        <p className="hint">{view.tree.filter === "" ? "No actors yet." : "No actor matches the filter."}</p>
      )}
    </nav>
  );
}

const rowId = (key: string): string => `actor-${key}`;

interface RowProps {
  readonly row: TreeRow;
  readonly index: number;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onToggle: () => void;
}

const Row = memo(
  function Row({ row, index, isSelected, onSelect, onToggle }: RowProps): ReactNode {
    const { key, name, depth, position, siblings, isExpandable, isExpanded, state, health, budget } = row;
    return (
      // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid has the keys
      <div
        id={rowId(key)}
        role="row"
        className={`actor ${isSelected ? "selected" : ""} ${health}`}
        aria-level={depth + 1}
        aria-posinset={position}
        aria-setsize={siblings}
        aria-rowindex={index + 1}
        aria-selected={isSelected}
        aria-expanded={isExpandable ? isExpanded : undefined}
        style={{ transform: `translateY(${index * rowHeight}px)`, paddingLeft: 8 + Math.min(depth, 12) * 14 }}
        onClick={onSelect}
      >
        <span role="gridcell" className="name">
          {/* The keys of the grid do the same. */}
          <span
            className={isExpandable ? "twist" : "twist none"}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              onToggle();
            }}
          >
            {isExpandable ? (isExpanded ? "▾" : "▸") : "·"}
          </span>
          <HealthMark health={health} />
          <strong>{name}</strong>
        </span>
        <span role="gridcell" className="state" title={state}>
          {state}
        </span>
        <span role="gridcell" className="budget">
          {budget !== null && (
            <Meter left={budget.left} of={budget.of} label={`${budget.left} of ${budget.of} retries left`} />
          )}
        </span>
        <span role="gridcell" className="rate">
          {row.rate === null || row.rate === 0 ? "" : rate(row.rate)}
        </span>
      </div>
    );
  },
  (a, b) => a.isSelected === b.isSelected && a.index === b.index && isSame(a.row, b.row),
);

function isSame(a: TreeRow, b: TreeRow): boolean {
  return (
    a.key === b.key &&
    a.state === b.state &&
    a.rate === b.rate &&
    a.health === b.health &&
    a.position === b.position &&
    a.siblings === b.siblings &&
    a.isExpandable === b.isExpandable &&
    a.isExpanded === b.isExpanded &&
    a.budget?.left === b.budget?.left &&
    a.budget?.of === b.budget?.of
  );
}
