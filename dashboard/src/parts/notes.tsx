import { dismiss, notes } from "../data/notes";

const MARKS = { good: "✓", bad: "!", info: "i" } as const;

export function Notes() {
  return (
    <div class="notes" role="log" aria-live="polite" aria-label="What happened">
      {notes.value.map((note) => (
        <div key={note.id} class={`note ${note.tone}`}>
          <b aria-hidden="true">{MARKS[note.tone]}</b>
          <span>{note.text}</span>
          <span class="spacer" />
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(note.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
