import { type ReactNode, useId } from "react";

interface FilterProps {
  readonly id: string;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly problem: string | null;
  readonly onChange: (value: string) => void;
}

/** One line of the filter language, with what is wrong with it. */
export function FilterField({ id, label, placeholder, value, problem, onChange }: FilterProps): ReactNode {
  const problemId = useId();
  return (
    <div className="filter">
      <input
        id={id}
        type="text"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : problemId}
        onChange={({ target }) => onChange(target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
      {problem !== null && (
        <span id={problemId} className="problem">
          {problem}
        </span>
      )}
    </div>
  );
}
