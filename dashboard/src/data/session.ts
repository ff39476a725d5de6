/**
 * Acting as an account. The page holds no key and no secret: the lab lends it a session, which
 * stands for both and ends with the box.
 */
import { signal } from "@preact/signals";
import { ApiError, exchange, lab, useSession } from "../lib/http";
import { remember, remembered } from "../lib/memory";
import { onReturn, readAgain } from "./link";

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

/** The box has forgotten the session while it went on: it has begun anew, and so does the page. */
async function renew(): Promise<void> {
  await openSession();
  void readAgain();
}

// The session goes with the box, and what is asked with an old one is refused.
onReturn(() => openSession(), true);
useSession({ token: () => session.peek(), renew });

/** Call fapi as the account. */
export const fapi = exchange;
