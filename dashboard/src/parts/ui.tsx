/** The small parts that every view is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

type Children = { children?: ComponentChildren };

const PATHS = {
  close: "M4 4l8 8M12 4l-8 8",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14",
  down: "M4 6l4 4 4-4",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  save: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  edit: "M3 13l.6-2.7 7.2-7.2 2.1 2.1-7.2 7.2z",
  plus: "M8 3v10M3 8h10",
  flip: "M5 3v10M5 3 2.5 5.5M5 3l2.5 2.5M11 13V3M11 13l-2.5-2.5M11 13l2.5-2.5",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="var(--accent-fill)" d="M16 1.5 29 9v14l-13 7.5L3 23V9z" />
      <path fill="none" stroke="var(--accent-ink)" stroke-width="2.4" stroke-linejoin="round" d="M16 16v13M16 16 4.5 9.3M16 16l11.5-6.7" />
    </svg>
  );
}

interface PanelProps extends Children {
  title?: ComponentChildren;
  tools?: ComponentChildren;
  class?: string;
  label?: string;
}

export function Panel({ title, tools, children, label, class: extra = "" }: PanelProps) {
  return (
    <section class={`panel ${extra}`} aria-label={label ?? (typeof title === "string" ? title : undefined)}>
      {(title || tools) && (
        <header>
          {typeof title === "string" ? <h2>{title}</h2> : title}
          <span class="spacer" />
          {tools}
        </header>
      )}
      {children}
    </section>
  );
}

export function Empty({ title, children }: Children & { title: string }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** A choice of a few, as radio buttons in a row; arrow keys move. */
export function Segments<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, shown: string])[];
  onPick: (value: T) => void;
}) {
  const { label, value, options, onPick } = props;
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = options.findIndex(([each]) => each === value);
    const to = options[(at + by + options.length) % options.length]!;
    onPick(to[0]);
    const buttons = (event.currentTarget as HTMLElement).querySelectorAll("button");
    buttons[(at + by + options.length) % options.length]?.focus();
  };
  return (
    <div class="seg" role="radiogroup" aria-label={label} onKeyDown={move}>
      {options.map(([each, shown]) => (
        <button
          key={each}
          type="button"
          role="radio"
          aria-checked={each === value}
          tabIndex={each === value ? 0 : -1}
          onClick={() => onPick(each)}
        >
          {shown}
        </button>
      ))}
    </div>
  );
}

/** Tabs of one panel; arrow keys move. */
export function Tabs<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, shown: ComponentChildren])[];
  onPick: (value: T) => void;
}) {
  const { label, value, options, onPick } = props;
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const at = options.findIndex(([each]) => each === value);
    const to = (at + by + options.length) % options.length;
    onPick(options[to]![0]);
    (event.currentTarget as HTMLElement).querySelectorAll("button")[to]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {options.map(([each, shown]) => (
        <button
          key={each}
          type="button"
          role="tab"
          aria-selected={each === value}
          tabIndex={each === value ? 0 : -1}
          onClick={() => onPick(each)}
        >
          {shown}
        </button>
      ))}
    </div>
  );
}

interface NumberProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  unit?: string;
  placeholder?: string;
  disabled?: boolean;
  hint?: ComponentChildren;
  invalid?: boolean;
}

/** A decimal, typed as text so that nothing is rounded on the way. */
export function NumberField({ label, value, onInput, unit, placeholder, disabled, hint, invalid }: NumberProps) {
  const id = useId();
  return (
    <div class="field">
      <span class="row">
        <label for={id}>{label}</label>
        <span class="spacer" />
        {hint}
      </span>
      <span class="box num-input">
        <input
          id={id}
          inputMode="decimal"
          autocomplete="off"
          value={value}
          placeholder={placeholder}
          disabled={disabled}
          aria-invalid={invalid || undefined}
          onInput={(event) => onInput(event.currentTarget.value.replace(/[,\s]/g, ""))}
        />
        {unit && <span class="unit">{unit}</span>}
      </span>
    </div>
  );
}

export function TextField(props: { label: string; value: string; onInput: (value: string) => void; placeholder?: string; secret?: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <span>
        <label for={id}>{props.label}</label>
      </span>
      <span class="box">
        {props.secret ? (
          <input id={id} type="password" autocomplete="off" value={props.value} onInput={(event) => props.onInput(event.currentTarget.value)} />
        ) : (
          <input id={id} autocomplete="off" value={props.value} placeholder={props.placeholder} onInput={(event) => props.onInput(event.currentTarget.value)} />
        )}
      </span>
    </div>
  );
}

export function SelectField<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, shown: string])[];
  onPick: (value: T) => void;
  bare?: boolean;
}) {
  const id = useId();
  const select = (
    <span class="box">
      <select id={id} value={props.value} aria-label={props.bare ? props.label : undefined} onChange={(event) => props.onPick(event.currentTarget.value as T)}>
        {props.options.map(([value, shown]) => (
          <option key={value} value={value}>
            {shown}
          </option>
        ))}
      </select>
    </span>
  );
  if (props.bare) return select;
  return (
    <div class="field">
      <span>
        <label for={id}>{props.label}</label>
      </span>
      {select}
    </div>
  );
}

export function Check(props: { label: string; value: boolean; onPick: (value: boolean) => void; title?: string }) {
  return (
    <label class="check" title={props.title}>
      <input type="checkbox" checked={props.value} onChange={(event) => props.onPick(event.currentTarget.checked)} />
      {props.label}
    </label>
  );
}

export function Dialog(props: Children & { title: string; onClose: () => void; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const onBackdrop = (event: MouseEvent): void => {
    if (event.target === event.currentTarget) props.onClose();
  };
  return (
    <dialog ref={ref} class={props.wide ? "wide" : ""} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); props.onClose(); }} onMouseDown={onBackdrop}>
      <header>
        <h2 id={id}>{props.title}</h2>
        <span class="spacer" />
        <button type="button" class="btn bare icon" aria-label="Close" onClick={props.onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="content" tabIndex={0}>{props.children}</div>
    </dialog>
  );
}

/** What the exchange said, with its code. */
export function Refusal({ error }: { error: { code?: number; message: string } | null }) {
  if (!error) return null;
  return (
    <p class="error-text" role="alert">
      {error.code ? <b>{error.code} </b> : null}
      {error.message}
    </p>
  );
}

/** Up or down by colour and by sign. */
export function tone(figure: string | number): "up" | "down" | "" {
  const value = Number(figure);
  return value > 0 ? "up" : value < 0 ? "down" : "";
}
