/** An operator's action: busy while it runs, its refusal where it was asked for. */
import { useState } from "preact/hooks";
import type { ApiError } from "../../lib/http";

export interface Sending {
  error: ApiError | null;
  busy: boolean;
  send: (work: () => Promise<unknown>) => void;
}

export function useSending(): Sending {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const send = (work: () => Promise<unknown>): void => {
    setError(null);
    setBusy(true);
    work()
      .catch((failed: ApiError) => setError(failed))
      .finally(() => setBusy(false));
  };
  return { error, busy, send };
}
