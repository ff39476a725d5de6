/** What the page remembers between visits: tastes, never keys. Private windows may refuse. */

const PREFIX = "perpbox.";

export function remembered(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A page that cannot remember works all the same.
  }
}
