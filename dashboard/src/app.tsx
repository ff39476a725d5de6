/** The frame around the views: where one is, the box's clock, the account, what is wrong. */
import { useSignalEffect } from "@preact/signals";
import { AccountMenu } from "./parts/account-menu";
import { OpenDialog } from "./parts/dialogs";
import { Notes } from "./parts/notes";
import { theme, toggleTheme } from "./parts/theme";
import { TokenGate } from "./parts/token-gate";
import { Icon, Logo } from "./parts/ui";
import { boxNow, clock, second } from "./data/clock";
import { awaySince, link, wasAway } from "./data/link";
import { contracts, contractsFailed, readMarket } from "./data/market";
import { door } from "./data/session";
import { countdown, stamp, words } from "./lib/format";
import { href, place, type View } from "./lib/route";
import { Control } from "./views/control/control";
import { History } from "./views/history/history";
import { Risk } from "./views/risk/risk";
import { Trade } from "./views/trade/trade";

const NAMES: readonly (readonly [View, string])[] = [
  ["trade", "Trade"],
  ["risk", "Risk"],
  ["history", "History"],
  ["control", "Control room"],
];

function BoxClock() {
  void second.value;
  const now = boxNow();
  const told = clock.value;
  const mode = told?.mode === "scaled" ? `${told.speed}×` : words(told?.mode ?? "");
  return (
    <a class="box-clock" href={href("control")} title="The box's clock, UTC">
      <span class="chip accent">{mode || "clock"}</span>
      <time>{now ? stamp(now) : "…"}</time>
      <span class="dim">UTC</span>
    </a>
  );
}

function LinkState() {
  const state = link.value;
  const shown = { up: "Live", away: "Away", connecting: "Connecting" }[state];
  return (
    <span class="link-state" role="status">
      <span class={`dot ${state === "away" ? "away" : state === "connecting" ? "wait" : ""}`} />
      {shown}
    </span>
  );
}

function Banners() {
  void second.value;
  const away = link.value === "away";
  const lasted = wasAway.value;
  return (
    <>
      {away && (
        <div class="banner bad" role="alert">
          <span class="dot away" />
          <span>
            The box does not answer, for {countdown(Date.now() - awaySince.value)}. What you see is from before;
            it is read anew when the box is back.
          </span>
        </div>
      )}
      {!away && lasted !== null && (
        <div class="banner" role="status">
          <span class="dot wait" />
          <span>The box was away for {countdown(lasted)}. Everything here was read anew.</span>
          <span class="spacer" />
          <button type="button" class="btn small" onClick={() => { wasAway.value = null; }}>
            Dismiss
          </button>
        </div>
      )}
      {contractsFailed.value && contracts.value.size === 0 && link.value !== "away" && (
        <div class="banner bad" role="alert">
          <span class="dot away" />
          <span>The list of contracts could not be read: {contractsFailed.value}</span>
          <span class="spacer" />
          <button type="button" class="btn small" onClick={() => void readMarket()}>
            Try again
          </button>
        </div>
      )}
    </>
  );
}

function Navigation() {
  const here = place.value.view;
  return (
    <nav class="tabs" aria-label="Views">
      {NAMES.map(([view, name]) => (
        <a key={view} href={href(view)} aria-current={view === here ? "page" : undefined}>
          {name}
        </a>
      ))}
      <a href="/docs">Reference</a>
    </nav>
  );
}

function Viewed() {
  switch (place.value.view) {
    case "trade":
      return <Trade />;
    case "risk":
      return <Risk />;
    case "history":
      return <History />;
    case "control":
      return <Control />;
  }
}

export function App() {
  useSignalEffect(() => {
    const { view } = place.value;
    const name = NAMES.find(([each]) => each === view)?.[1] ?? "";
    document.title = view === "trade" ? "perpbox" : `${name} · perpbox`;
  });
  const dark = theme.value === "dark";
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href={href("trade")} aria-label="perpbox">
          <Logo />
          <span>perpbox</span>
        </a>
        <Navigation />
        <span class="spacer" />
        <BoxClock />
        <LinkState />
        <AccountMenu />
        <button type="button" class="btn bare icon" aria-label={dark ? "Light colours" : "Dark colours"} onClick={toggleTheme}>
          <Icon name={dark ? "sun" : "moon"} />
        </button>
      </header>
      <Banners />
      {door.value.state === "token" && <TokenGate wrong={door.value.wrong} />}
      <main id="main" tabIndex={-1}>
        <Viewed />
      </main>
      <Notes />
      <OpenDialog />
    </>
  );
}
