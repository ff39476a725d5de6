/**
 * The account that the page acts as: totals, positions, settings. A snapshot and then events; what
 * no stream gives (margins, liquidation prices) is read again after an event, and when a mark that
 * it depends on has moved; while nothing happens nothing is asked.
 */
import { computed, effect, signal } from "@preact/signals";
import { onFrame } from "../lib/frame";
import { Connection, type Frame } from "../lib/socket";
import { fixed } from "../lib/format";
import { onReturn } from "./link";
import { mark, tellTime } from "./market";
import { tell } from "./notes";
import { foldOrders, type OrderEvent, orders, readConditional, readOrders } from "./orders";
import { account, fapi, openSession, session } from "./session";

const AGAIN_AFTER_EVENT_MS = 80;
/** Marks move every second; figures follow them at most this often. */
const AGAIN_WITH_MARKS_MS = 2500;
const AGAIN_AFTER_LOSS_MS = 1000;

export interface Position {
  symbol: string;
  positionSide: string;
  positionAmt: string;
  entryPrice: string;
  breakEvenPrice: string;
  markPrice: string;
  unRealizedProfit: string;
  liquidationPrice: string;
  isolatedMargin: string;
  isolatedWallet: string;
  notional: string;
  marginAsset: string;
  initialMargin: string;
  positionInitialMargin: string;
  maintMargin: string;
  adl: number;
  updateTime: number;
}

export interface Asset {
  asset: string;
  walletBalance: string;
  unrealizedProfit: string;
  marginBalance: string;
  maintMargin: string;
  initialMargin: string;
  availableBalance: string;
}

export interface Totals {
  totalWalletBalance: string;
  totalUnrealizedProfit: string;
  totalMarginBalance: string;
  totalInitialMargin: string;
  totalMaintMargin: string;
  totalCrossWalletBalance: string;
  totalCrossUnPnl: string;
  availableBalance: string;
  assets: Asset[];
}

export interface Terms {
  leverage: number;
  marginType: "CROSSED" | "ISOLATED";
}

interface ConfigRow {
  symbol: string;
  marginType: string;
  leverage: number;
}

export const positions = signal<readonly Position[]>([]);
export const totals = signal<Totals | null>(null);
export const hedge = signal(false);
export const multiAssets = signal(false);
export const terms = signal<ReadonlyMap<string, Terms>>(new Map());
/** Why the account cannot be read; empty when all is well. */
export const accountFailed = signal("");
/** Counts what changed in the histories, for tables that show them. */
export const changes = signal(0);

const isIsolated = (held: Position): boolean => terms.value.get(held.symbol)?.marginType === "ISOLATED";

/**
 * What of the cross balance the maintenance of cross positions takes; liquidation comes at 1.
 * Isolated positions live and die by margin of their own.
 */
export const marginRatio = computed(() => {
  const now = totals.value;
  const balance = now ? Number(now.totalCrossWalletBalance) + Number(now.totalCrossUnPnl) : 0;
  const own = positions.value.filter(isIsolated).reduce((sum, held) => sum + Number(held.maintMargin), 0);
  return now && balance > 0 ? Math.max(0, Number(now.totalMaintMargin) - own) / balance : 0;
});

let reading: Promise<void> | null = null;
let dirty = false;

/** Read everything of the account anew. */
export function readAccount(): Promise<void> {
  dirty = false;
  reading ??= readAll().finally(() => {
    reading = null;
    if (dirty) void readAccount();
  });
  return reading;
}

async function readAll(): Promise<void> {
  if (!session.value) return;
  try {
    const [, dual, multi, config] = await Promise.all([
      Promise.all([readFigures(), readOrders()]),
      fapi<{ dualSidePosition: boolean }>("GET", "/fapi/v1/positionSide/dual"),
      fapi<{ multiAssetsMargin: boolean }>("GET", "/fapi/v1/multiAssetsMargin"),
      fapi<ConfigRow[]>("GET", "/fapi/v1/symbolConfig"),
    ]);
    hedge.value = dual.dualSidePosition;
    multiAssets.value = multi.multiAssetsMargin;
    terms.value = new Map(
      config.map((row) => [
        row.symbol,
        { leverage: row.leverage, marginType: row.marginType.startsWith("ISO") ? "ISOLATED" : "CROSSED" },
      ]),
    );
    accountFailed.value = "";
  } catch (error) {
    accountFailed.value = (error as Error).message;
  }
}

async function readFigures(): Promise<void> {
  const [rows, sums] = await Promise.all([
    fapi<Position[]>("GET", "/fapi/v3/positionRisk"),
    fapi<Totals>("GET", "/fapi/v3/account"),
  ]);
  positions.value = rows.filter((row) => Number(row.positionAmt) !== 0);
  totals.value = sums;
}

let figuresTimer = 0;
let figuresDue = Number.POSITIVE_INFINITY;
let figuresReading = false;
let figuresRead = 0;

/** Read margins and liquidation prices again, shortly; an earlier wish is waited for instead. */
export function figuresSoon(delayMs = AGAIN_AFTER_EVENT_MS): void {
  const due = performance.now() + delayMs;
  if (due >= figuresDue) return;
  figuresDue = due;
  clearTimeout(figuresTimer);
  figuresTimer = window.setTimeout(() => void figuresNow(), delayMs);
}

async function figuresNow(): Promise<void> {
  figuresDue = Number.POSITIVE_INFINITY;
  // What happens while an answer is under way may not be in it: ask once more after it.
  if (figuresReading) return figuresSoon();
  figuresReading = true;
  try {
    await readFigures();
    accountFailed.value = "";
  } catch (error) {
    accountFailed.value = (error as Error).message;
  } finally {
    figuresReading = false;
    figuresRead = performance.now();
  }
}

/** The marks that figures of the account depend on, as one text. */
function marksBehind(): string {
  if (!positions.value.length) return "";
  const assets = (totals.value?.assets ?? []).filter((row) => Number(row.walletBalance));
  const names = new Set([...positions.value.map((held) => held.symbol), ...assets.map((row) => `${row.asset}USDT`)]);
  return [...names].map((name) => `${name} ${mark(name).value?.mark ?? ""}`).join();
}

/** Read figures again when those marks have moved; not for a page that nobody sees. */
function followHeldMarks(): void {
  let seen = "";
  const look = (): void => {
    const now = marksBehind();
    if (now === seen || document.hidden || !session.value) return;
    seen = now;
    if (now) figuresSoon(Math.max(0, figuresRead + AGAIN_WITH_MARKS_MS - performance.now()));
  };
  effect(look);
  document.addEventListener("visibilitychange", look);
}

let fresh: OrderEvent[] = [];
let sawFills = false;

function foldFresh(): void {
  const events = fresh;
  fresh = [];
  foldOrders(events);
  if (sawFills) changes.value += 1;
  sawFills = false;
}

function onOrder(event: OrderEvent): void {
  if (reading) dirty = true;
  fresh.push(event);
  if (event.x === "TRADE") sawFills = true;
  onFrame("orders", foldFresh);
  figuresSoon();
  announce(event);
}

/** One order may fill in many pieces: its end is told, and what was forced. */
function announce(event: OrderEvent): void {
  const what = `${fixed(event.z, 8).replace(/\.?0+$/, "")} ${event.s}`;
  if (event.x === "CALCULATED" || event.c.startsWith("autoclose-")) {
    if (event.X === "FILLED") tell("bad", `Liquidation: ${event.S === "SELL" ? "sold" : "bought"} ${what}`);
  } else if (event.c.startsWith("adl_autoclose")) {
    if (event.X === "FILLED") tell("bad", `Auto-deleveraging closed ${what}`);
  } else if (event.X === "FILLED") {
    tell("good", `${event.S === "BUY" ? "Bought" : "Sold"} ${what}, last at ${event.L}`);
  } else if (event.x === "EXPIRED") {
    tell("info", `Order ${event.i} of ${event.s} expired, ${event.z} of ${event.q} filled`);
  }
}

function onEvent(frame: Frame): void {
  tellTime(Number(frame.E ?? 0));
  switch (frame.e) {
    case "ORDER_TRADE_UPDATE":
      onOrder(frame.o as OrderEvent);
      break;
    case "ALGO_UPDATE":
      if (reading) dirty = true;
      onFrame("conditional", () => void readConditional().catch(() => undefined));
      figuresSoon();
      break;
    case "MARGIN_CALL":
      tell("bad", `Margin call: ${(frame.p as { s: string }[]).map((each) => each.s).join(", ")}`);
      figuresSoon();
      break;
    case "ACCOUNT_CONFIG_UPDATE":
      void readAccount();
      break;
    case "ACCOUNT_UPDATE":
      if (reading) dirty = true;
      changes.value += 1;
      figuresSoon();
      break;
  }
}

let stream: Connection | null = null;

function follow(): void {
  stream?.stop();
  stream = null;
  if (!session.value) return;
  const token = session.value;
  stream = new Connection(
    () => `/private/ws?session=${encodeURIComponent(token)}`,
    onEvent,
    {
      // What happened between the snapshot and the first event is in neither: read once more.
      up: () => {
        if (reading) dirty = true;
        else void readAccount();
      },
      // A session that has ended refuses the stream as well; a call finds out and opens another.
      down: () => figuresSoon(AGAIN_AFTER_LOSS_MS),
    },
    '{"method":"LIST_SUBSCRIPTIONS","id":0}',
  );
  stream.start();
}

/** Act as another account. */
export async function switchAccount(id: number): Promise<void> {
  if (id === account.value && session.value) return;
  account.value = id;
  await enter();
}

/** Open a session and read the account behind it. */
export async function enter(id = account.value, tokenGiven = false): Promise<void> {
  await openSession(id, tokenGiven);
  forget();
  await readAccount();
}

function forget(): void {
  positions.value = [];
  orders.value = [];
  totals.value = null;
  terms.value = new Map();
  changes.value += 1;
}

export function startAccount(): void {
  session.subscribe(follow);
  onReturn(() => {
    forget();
    return readAccount();
  });
  followHeldMarks();
}
