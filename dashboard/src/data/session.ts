/**
 * Acting as an account. The page holds no key and no secret: the lab lends it a session, which
 * stands for both and ends with the box.
 */
import { signal } from "@preact/signals";
import { ApiError, exchange, type Fields, lab, useSession } from "../lib/http";
import { remember, remembered } from "../lib/memory";

const FIRST_ACCOUNT = 1;

export type Door =
  | { state: "opening" }
  | { state: "open" }
  | { state: "token"; wrong: boolean }
  | { state: "none"; why: string };

export const door = signal<Door>({ state: "opening" });
export const account = signal(Number(remembered("account")) || FIRST_ACCOUNT);
/** The token of the session that is open; empty without one. */
export const session = signal("");
useSession(() => session.peek());

interface Opened {
  account: number;
  session: string;
}

let opening: Promise<void> | null = null;

/** Ask for a session of the account; of the first account where that one is no more. */
export function openSession(id = account.value, tokenGiven = false): Promise<void> {
  opening ??= ask(id, tokenGiven).finally(() => {
    opening = null;
  });
  return opening;
}

async function ask(id: number, tokenGiven: boolean): Promise<void> {
  try {
    const opened = await lab<Opened>("POST", "/sessions", { account: id });
    account.value = opened.account;
    session.value = opened.session;
    remember("account", String(opened.account));
    door.value = { state: "open" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    session.value = "";
    if (error.wantsToken) door.value = { state: "token", wrong: tokenGiven };
    else if (id !== FIRST_ACCOUNT && !error.isFailure) await ask(FIRST_ACCOUNT, tokenGiven);
    else door.value = { state: "none", why: error.message };
  }
}

/** Call fapi as the account; a session that the box has forgotten is asked for again, once. */
export async function fapi<T>(method: string, path: string, fields: Fields = {}): Promise<T> {
  const used = session.value;
  try {
    return await exchange<T>(method, path, fields);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    if (session.value === used) await openSession();
    if (!session.value) throw error;
    return exchange<T>(method, path, fields);
  }
}
