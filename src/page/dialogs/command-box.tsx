/**
 * One box for everything: actors by name, views, actions.
 *
 * @module
 */
import { type KeyboardEvent, type ReactNode, useEffect, useState } from "react";
import { keyActions } from "../keys.ts";
import { usePage } from "../page.ts";
import { DialogFrame } from "../widgets/dialog.tsx";

interface Choice {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly run: () => void;
}

export function CommandBox(): ReactNode {
  const page = usePage();
  const [text, setText] = useState("");
  const [actors, setActors] = useState<readonly Choice[]>([]);
  const [at, setAt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    void page.client.ask({ kind: "search", text }).then((found) => {
      if (!isWanted) return;
      setActors(
        found.map(({ key, path, state }) => ({
          id: key,
          title: path,
          note: state,
          run: () => page.select(key),
        })),
      );
    });
    return () => void (isWanted = false);
  }, [page, text]);

  const words = text.toLowerCase().split(/\s+/);
  const actions: readonly Choice[] = keyActions
    .filter(({ title }) => words.every((it) => title.toLowerCase().includes(it)))
    .map(({ keys, title, run }) => ({ id: `key ${keys}`, title, note: keys, run: () => run(page) }));
  const choices = [...actors.slice(0, 12), ...actions].slice(0, 24);
  const chosen = Math.min(at, choices.length - 1);
  const close = (): void => page.ui.set({ dialog: null });
  const run = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    close();
    // The focus is back where it was before anything else takes it.
    requestAnimationFrame(() => choice.run());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(choices.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
    else if (event.key === "Enter") run(choices[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <DialogFrame title="Command box" isTitleHidden className="commands">
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it is what the dialog is for
        autoFocus
        type="text"
        role="combobox"
        aria-label="Actor, view or action"
        aria-expanded
        aria-controls="choices"
        aria-activedescendant={choices.length === 0 ? undefined : `choice-${chosen}`}
        placeholder="Actor, view or action"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="choices" role="listbox" aria-label="Choices">
        {choices.map((it, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the box has the keys
          <li
            key={it.id}
            id={`choice-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(it)}
          >
            <span className="grow">{it.title}</span>
            <span className="quiet-text">{it.note}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="hint">Nothing is called that.</p>}
    </DialogFrame>
  );
}
