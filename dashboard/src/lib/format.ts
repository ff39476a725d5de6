/**
 * How numbers and times are written.
 *
 * The exchange speaks decimal strings; what it printed is shown as printed, only grouped. Binary
 * doubles serve figures that move with every tick and are rounded for the eye anyway.
 */

export const MINUS = "\u2212";
const EMPTY = "\u2013";

/** Group the whole part by threes: `76917.20` -> `76,917.20`. Signs become typographic. */
export function group(text: string): string {
  const negative = text.startsWith("-");
  const [whole = "", rest] = (negative ? text.slice(1) : text).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (negative ? MINUS : "") + grouped + (rest === undefined ? "" : `.${rest}`);
}

/** Without an exponent, which the exchange's doubles have when they are small: `1.235E-5` -> `0.00001235`. */
function spelledOut(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?E(-?\d+)$/i.exec(text);
  if (!match) return text;
  const [, sign = "", whole = "0", part = "", power = "0"] = match;
  const digits = whole + part;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Round a decimal string half away from zero at `places`, exactly; never by a double. */
export function roundText(text: string, places: number): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(spelledOut(text));
  if (!match) return text;
  const [, sign = "", whole = "0", part = ""] = match;
  if (part.length <= places) return `${sign}${whole}${places ? `.${part.padEnd(places, "0")}` : ""}`;
  const digits = BigInt(whole + part.slice(0, places)) + (part[places]! >= "5" ? 1n : 0n);
  const shown = digits.toString().padStart(places + 1, "0");
  const at = shown.length - places;
  const body = places ? `${shown.slice(0, at)}.${shown.slice(at)}` : shown;
  return digits === 0n ? body : sign + body;
}

type Figure = string | number | null | undefined;

/** A figure with `places` decimals, grouped; a dash where there is none. */
export function fixed(figure: Figure, places: number): string {
  if (figure === null || figure === undefined || figure === "") return EMPTY;
  if (typeof figure === "string") return group(roundText(figure, places));
  return Number.isFinite(figure) ? group(roundText(figure.toFixed(places), places)) : EMPTY;
}

/** Like `fixed`, with the sign always told: the cue beside the colour. */
export function signed(figure: Figure, places: number): string {
  const shown = fixed(figure, places);
  if (shown === EMPTY || shown.startsWith(MINUS) || !/[1-9]/.test(shown)) return shown;
  return `+${shown}`;
}

/** Without zeros at the end: `0.10000000` -> `0.1`. */
export function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A printed decimal without its trailing zeros, grouped. */
export function plain(text: Figure): string {
  if (text === null || text === undefined || text === "") return EMPTY;
  return group(trim(spelledOut(String(text))));
}

/** A price; a dash where there is none yet, which the exchange prints as zero. */
export function priced(figure: Figure, places: number): string {
  return Number(figure) ? fixed(figure, places) : EMPTY;
}

/** A rate as percent: `0.0001` -> `0.0100 %`. */
export function percent(rate: Figure, places = 2, withSign = false): string {
  if (rate === null || rate === undefined || rate === "") return EMPTY;
  const value = Number(rate) * 100;
  return `${withSign ? signed(value, places) : fixed(value, places)} %`;
}

/** Large sums for the eye: 1.23 M. */
export function compact(figure: Figure): string {
  const value = Number(figure ?? Number.NaN);
  if (!Number.isFinite(value)) return EMPTY;
  const size = Math.abs(value);
  for (const [limit, unit] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]] as const) {
    if (size >= limit) return `${fixed(value / limit, 2)} ${unit}`;
  }
  return fixed(value, size < 1 && size > 0 ? 4 : 2);
}

/** How many decimals a step has: `0.10` -> 1, `1` -> 0. */
export function placesOf(step: string): number {
  return trim(step).split(".")[1]?.length ?? 0;
}

const two = (number: number): string => String(number).padStart(2, "0");

/** Time of day, UTC. */
export function timeOfDay(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
}

/** Day and time, UTC. */
export function stamp(ms: number): string {
  if (!ms) return EMPTY;
  const at = new Date(ms);
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())} ${timeOfDay(ms)}`;
}

/** What is left of a span: `07:59:12`, days before it. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const rest = `${two(Math.floor((seconds % 86_400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return days ? `${days} d ${rest}` : rest;
}

/** `SELL` -> `Sell`, `TAKE_PROFIT_MARKET` -> `Take profit market`, `markPrice` -> `Mark price`. */
export function words(name: string): string {
  const parted = /[a-z]/.test(name) ? name.replace("unRealized", "unrealized").replace(/([A-Z])/g, " $1") : name;
  const text = parted.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
