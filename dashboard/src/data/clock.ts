/** The time in the box: it may run, stand still, hurry or jump. */
import { signal } from "@preact/signals";
import { lab } from "../lib/http";
import { heardTime } from "./market";

export type ClockMode = "real" | "frozen" | "scaled" | "jumping";

export interface Clock {
  mode: ClockMode;
  now: number;
  speed: string;
}

/** How the clock stood, and the page's time when it was told. */
export const clock = signal<(Clock & { pageMs: number }) | null>(null);
/** Changes once a second, for what counts down. */
export const second = signal(0);

export function tellClock(told: Clock): void {
  clock.value = { ...told, pageMs: performance.now() };
}

export async function readClock(): Promise<void> {
  try {
    tellClock(await lab<Clock>("GET", "/clock"));
  } catch {
    // The clock is the operator's; without it the frames tell the time.
  }
}

/** Box time now, in ms; 0 while nothing has told it. */
export function boxNow(): number {
  const told = clock.value;
  const heard = heardTime.value;
  if (!told) return heard.boxMs && heard.boxMs + performance.now() - heard.pageMs;
  const passed = (performance.now() - told.pageMs) * Number(told.speed || 1);
  if (told.mode === "real" || told.mode === "scaled") return told.now + passed;
  return Math.max(told.now, heard.boxMs);
}

/** Frames come at most so late; a larger gap means that the clock was set by somebody else. */
const SLACK_MS = 5000;

/** Whether the frames tell another time than the clock that is believed here. */
function isOff(): boolean {
  const heard = heardTime.value;
  const told = clock.value;
  if (!told || !heard.boxMs || heard.pageMs < told.pageMs) return false;
  const running = told.mode === "real" || told.mode === "scaled";
  const speed = running ? Number(told.speed) : 0;
  const thought = told.now + (heard.pageMs - told.pageMs) * speed;
  return Math.abs(thought - heard.boxMs) > SLACK_MS * Math.max(1, speed);
}

window.setInterval(() => {
  if (document.hidden) return;
  second.value += 1;
  if (isOff()) void readClock();
}, 1000);
