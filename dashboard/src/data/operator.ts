/** The operator's stream: commands, requests, clock and state, while somebody looks. */
import { signal } from "@preact/signals";
import { onFrame } from "../lib/frame";
import { lab } from "../lib/http";
import { Connection, type Frame } from "../lib/socket";
import { type Clock, tellClock } from "./clock";

const LOG_KEPT = 1000;
const REQUESTS_KEPT = 200;

export interface LogRow {
  seq: number;
  at: number;
  command: string;
  summary: string;
  events: string[];
  refused?: string;
}

export interface RequestRow {
  at: number;
  method: string;
  path: string;
  account?: number;
  session?: boolean;
  status: number;
  code?: number;
  msg?: string;
  weight: number;
  tookMicros: number;
}

export interface BoxState {
  seq: number;
  now: number;
  ledgerSum?: string;
  hash?: string;
}

/** Newest first. */
export const log = signal<readonly LogRow[]>([]);
export const requests = signal<readonly RequestRow[]>([]);
export const dropped = signal(0);
export const boxState = signal<BoxState | null>(null);
/** Changes whenever somebody connects, leaves or subscribes. */
export const connectionsChanged = signal(0);
export const operatorUp = signal(false);

let freshLog: LogRow[] = [];
let freshRequests: RequestRow[] = [];

function showLog(): void {
  const newest = freshLog.reverse();
  freshLog = [];
  const first = log.value[0]?.seq ?? -1;
  // Numbers that go back mean that the box has begun anew.
  const kept = newest.length && newest[0]!.seq < first ? [] : log.value;
  log.value = [...newest, ...kept].slice(0, LOG_KEPT);
}

function showRequests(): void {
  const newest = freshRequests.reverse();
  freshRequests = [];
  requests.value = [...newest, ...requests.value].slice(0, REQUESTS_KEPT);
}

function take(frame: Frame): void {
  switch (frame.e) {
    case "log":
      freshLog.push(...(frame.rows as LogRow[]));
      if (freshLog.length > LOG_KEPT) freshLog = freshLog.slice(-LOG_KEPT);
      if (frame.dropped) dropped.value += Number(frame.dropped);
      onFrame("log", showLog);
      break;
    case "requests":
      freshRequests.push(...(frame.rows as RequestRow[]));
      if (freshRequests.length > REQUESTS_KEPT) freshRequests = freshRequests.slice(-REQUESTS_KEPT);
      onFrame("requests", showRequests);
      break;
    case "clock":
      tellClock(frame as unknown as Clock);
      break;
    case "state":
      boxState.value = frame as unknown as BoxState;
      break;
    case "connections":
      connectionsChanged.value += 1;
      break;
  }
}

/** The operator's own session, which the stream asks for where there is an operator token. */
let entry = "";

async function readEntry(): Promise<void> {
  try {
    entry = (await lab<{ session: string }>("POST", "/sessions")).session;
  } catch {
    entry = "";
  }
}

/** Listen while the control room is open; the answer ends it. */
export function followOperator(): () => void {
  let over = false;
  const connection = new Connection(
    () => `/perpbox/v1/ws${entry && `?session=${encodeURIComponent(entry)}`}`,
    take,
    {
      up: () => {
        operatorUp.value = true;
      },
      down: () => {
        operatorUp.value = false;
        void readEntry();
      },
    },
    null,
  );
  void (entry ? Promise.resolve() : readEntry()).then(() => {
    if (!over) connection.start();
  });
  lab<LogRow[]>("GET", "/events", { limit: LOG_KEPT }).then(
    (rows) => {
      if (!log.value.length) log.value = rows.reverse();
    },
    () => undefined,
  );
  return () => {
    over = true;
    connection.stop();
  };
}
