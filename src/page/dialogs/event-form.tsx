/**
 * A form for an event's payload, made from its JSON Schema; without one, JSON.
 *
 * @module
 */
import { type ReactNode, useState } from "react";

interface FormProps {
  readonly schema: unknown;
  /** The payload, or what is wrong with it. */
  readonly onChange: (payload: { readonly [key: string]: unknown } | string) => void;
}

interface Schema {
  readonly type?: string;
  readonly properties?: { readonly [key: string]: Schema };
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export function EventForm({ schema, onChange }: FormProps): ReactNode {
  const known = isSchema(schema) ? schema : null;
  const fields = Object.entries(known?.properties ?? {}).filter(([name]) => name !== "type");
  const required = new Set(known?.required ?? []);
  const [texts, setTexts] = useState<{ readonly [name: string]: string }>({});
  if (known === null) return <JsonField onChange={onChange} />;
  if (fields.length === 0) return <p className="hint">It has no payload.</p>;
  const change = (name: string, text: string): void => {
    const next = { ...texts, [name]: text };
    setTexts(next);
    onChange(payloadOf(fields, required, next));
  };
  return (
    <fieldset>
      <legend>Payload</legend>
      {fields.map(([name, field]) => (
        <Field
          key={name}
          name={name}
          schema={field}
          isRequired={required.has(name)}
          text={texts[name] ?? ""}
          onChange={(text) => change(name, text)}
        />
      ))}
    </fieldset>
  );
}

interface FieldProps {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

function Field({ name, schema, isRequired, text, onChange }: FieldProps): ReactNode {
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : undefined);
  const isNumber = schema.type === "number" || schema.type === "integer";
  const common = { value: text, "aria-required": isRequired };
  return (
    <label className="field">
      <span>
        {name}
        {isRequired ? "" : " (may be left out)"}
      </span>
      {choices !== undefined ? (
        <select {...common} onChange={({ target }) => onChange(target.value)}>
          <option value="">–</option>
          {choices.map((it) => (
            <option key={String(it)} value={String(it)}>
              {String(it)}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type={isNumber ? "number" : "text"}
          step={schema.type === "integer" ? 1 : "any"}
          min={schema.minimum}
          max={schema.maximum}
          placeholder={schema.description ?? placeholderOf(schema)}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </label>
  );
}

function placeholderOf({ type }: Schema): string {
  return type === "object" || type === "array" || type === undefined ? "JSON" : type;
}

/** The payload that the texts say, or the first problem. */
export function payloadOf(
  fields: readonly (readonly [name: string, schema: Schema])[],
  required: ReadonlySet<string>,
  texts: { readonly [name: string]: string },
): { readonly [key: string]: unknown } | string {
  const payload: Record<string, unknown> = {};
  for (const [name, schema] of fields) {
    const text = texts[name] ?? "";
    if (text === "") {
      if (required.has(name) && schema.type !== "string") return `${name} is needed`;
      if (required.has(name)) payload[name] = "";
      continue;
    }
    if (schema.type === "string" || (schema.enum?.includes(text) ?? false)) {
      payload[name] = text;
      continue;
    }
    try {
      payload[name] = JSON.parse(text);
    } catch {
      return `${name} must be ${schema.type ?? "JSON"}`;
    }
  }
  return payload;
}

function JsonField({ onChange }: Pick<FormProps, "onChange">): ReactNode {
  const [text, setText] = useState("{}");
  return (
    <label className="field">
      <span>Payload as JSON</span>
      <textarea
        rows={4}
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          try {
            const value: unknown = JSON.parse(target.value);
            onChange(
              typeof value === "object" && value !== null && !Array.isArray(value)
                ? { ...value }
                : "the payload must be an object",
            );
          } catch {
            onChange("the payload is not JSON");
          }
        }}
      />
    </label>
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
