/** Requests to the box, and the refusals that come back, as they were worded. */

export const LAB = "/perpbox/v1";
const TIMEOUT_MS = 15_000;
const CONTROL_CODES = { tokenWrong: -9014 } as const;

/** The box said no, failed, or could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }

  /** The box itself failed, rather than refused. */
  get isFailure(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  get wantsToken(): boolean {
    return this.status === 401 && this.code === CONTROL_CODES.tokenWrong;
  }
}

export type Fields = Record<string, string | number | boolean | null | undefined>;

/** Fields that are there, as a query string. */
export function query(fields: Fields): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  return search.toString();
}

/** Send one request and read the JSON of its answer. */
export async function request<T>(
  method: string,
  target: string,
  headers: Record<string, string>,
  body?: string,
): Promise<T> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(target, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await answer.text();
  } catch {
    throw new ApiError(0, 0, "The box does not answer.");
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new ApiError(answer.status, 0, `The box answered ${answer.status} with no JSON.`);
  }
  if (answer.ok) return read as T;
  const { code = 0, msg = "" } = read as { code?: number; msg?: string };
  throw new ApiError(answer.status, code, msg || `The box answered ${answer.status}.`);
}

let operatorToken = "";

/** Keep the operator's token for this page's life; it is written nowhere. */
export function setOperatorToken(token: string): void {
  operatorToken = token;
}

/** Call the lab. */
export function lab<T>(method: "GET" | "POST" | "DELETE", path: string, fields: object = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (operatorToken) headers.Authorization = `Bearer ${operatorToken}`;
  if (method === "GET") {
    const search = query(fields as Fields);
    return request<T>(method, `${LAB}${path}${search && `?${search}`}`, headers);
  }
  headers["Content-Type"] = "application/json";
  return request<T>(method, LAB + path, headers, JSON.stringify(fields));
}

/** A session of the box, which stands for an account's key and secret. */
export interface Lent {
  /** Empty without one. */
  token: () => string;
  /** Ask for another when the box has forgotten it. */
  renew: () => Promise<void>;
}

let lent: Lent = { token: () => "", renew: () => Promise.resolve() };

/** Say which session calls of the exchange are made with. */
export function useSession(session: Lent): void {
  lent = session;
}

/**
 * Call the exchange; with a session, which is not counted in anybody's limits, as its account. A
 * session that the box has forgotten is asked for again, once.
 */
export async function exchange<T>(method: string, path: string, fields: Fields = {}): Promise<T> {
  const search = query(fields);
  const send = (token: string): Promise<T> =>
    request<T>(method, path + (search && `?${search}`), token ? { "X-PERPBOX-SESSION": token } : {});
  const used = lent.token();
  try {
    return await send(used);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || !used) throw error;
    if (lent.token() === used) await lent.renew();
    return send(lent.token());
  }
}

/** What a box says of itself to programs. */
export interface Landing {
  perpbox: string;
  market: "sim" | "recorded" | "none";
}

/** Ask the box what it is. */
export function landing(): Promise<Landing> {
  return request<Landing>("GET", "/", { Accept: "application/json" });
}

/** Read from a market endpoint, which needs no account. */
export function open<T>(path: string, fields: Fields = {}): Promise<T> {
  return exchange<T>("GET", path, fields);
}
