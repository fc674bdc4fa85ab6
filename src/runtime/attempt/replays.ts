import type { ReloadCheckpoint, ReplayRun, ResumePoint } from "../../core/checkpoint.ts";
import type { LeasePorts } from "../lease-actors.ts";

/** Ports of attempts, which keep where each replay led to until the next worker of that attempt is assigned it. */
export class Replays {
  readonly ports: LeasePorts;
  readonly #resumes = new Map<string, ResumePoint>();

  constructor({
    reloadCheckpoint,
    replay,
  }: {
    readonly reloadCheckpoint: ReloadCheckpoint;
    readonly replay: ReplayRun;
  }) {
    this.ports = {
      reloadCheckpoint,
      replay: async (input, signal) => {
        const { at, resume } = await replay(input, signal);
        this.#resumes.set(input.attemptId, resume);
        return { at };
      },
    };
  }

  /** `null`: there was none; the replay of another epoch is that of a recovery that was given up. */
  take(attemptId: string, epoch: number): ResumePoint | null {
    const resume = this.#resumes.get(attemptId) ?? null;
    this.#resumes.delete(attemptId);
    return resume?.epoch === epoch ? resume : null;
  }
}
