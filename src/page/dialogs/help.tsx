import type { ReactNode } from "react";
import { keyActions } from "../keys.ts";
import { DialogFrame } from "../widgets/dialog.tsx";

const filters: readonly (readonly [text: string, what: string])[] = [
  ["crash", "text that contains it, in any case"],
  ['"two words"', "with the blank"],
  ["/tim.*out/", "a regular expression"],
  ["actor:mail|billing", "a field: actor, type, state, event, tag, from, is"],
  ["is:error", "what failed; also is:warn"],
  ["!type:action", "not"],
];

export function Help(): ReactNode {
  return (
    <DialogFrame title="Keys and filters" className="wide">
      <div className="help">
        <dl className="keys">
          {keyActions.map(({ keys, title }) => (
            <div key={keys}>
              <dt>
                {keys.split(" ").map((it) => (
                  <kbd key={it}>{it}</kbd>
                ))}
              </dt>
              <dd>{title}</dd>
            </div>
          ))}
        </dl>
        <h3>Filters</h3>
        <dl className="keys">
          {filters.map(([text, what]) => (
            <div key={text}>
              <dt>
                <code>{text}</code>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className="quiet-text">Terms are separated by blanks; all of them must hold.</p>
      </div>
    </DialogFrame>
  );
}
