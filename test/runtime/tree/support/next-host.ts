import {
  createTree,
  PersistedTree,
  type RootTree,
  type TreeOptions,
  type TreeRecord,
  VirtualClock,
} from "../../../../src/index.ts";
import { World } from "./world.ts";

/** What `tree` was, in another host that comes up `downMs` later, with another zero of its clock. */
export class NextHost extends World {
  readonly next: VirtualClock;
  readonly snapshot: unknown;

  constructor(tree: RootTree, before: { readonly clock: VirtualClock }, downMs = 0) {
    super();
    const persisted = tree.persist();
    if (!persisted.ok) throw new Error(`nothing to persist: ${persisted.code}`);
    PersistedTree.parse(persisted.snapshot);
    this.snapshot = JSON.parse(JSON.stringify(persisted.snapshot));
    this.next = new VirtualClock({ now: 123_456, wallNow: before.clock.wallNow() + downMs });
  }

  async resume(options: TreeOptions): Promise<RootTree> {
    const onRecord = (it: TreeRecord): void => void this.records.push(it);
    const tree = createTree({ onRecord, ...options, clock: this.next }, { snapshot: this.snapshot });
    const start = await tree.start();
    if (!start.ok) throw new Error(`the tree did not go on: ${start.code}`);
    return tree;
  }
}
