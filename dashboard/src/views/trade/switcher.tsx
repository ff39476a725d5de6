/** Choosing a contract: search by any part of its name, arrow keys, Enter. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { contracts, dayOf, type Day, symbol, type TickerRow } from "../../data/market";
import { marketStreams } from "../../data/link";
import { compact, fixed, signed } from "../../lib/format";
import { onFrame } from "../../lib/frame";
import { open } from "../../lib/http";
import { go } from "../../lib/route";
import { Dialog, Empty, Icon, tone } from "../../parts/ui";

interface MiniFrame {
  s: string;
  c: string;
  o: string;
  h: string;
  l: string;
  v: string;
  q: string;
}

function useDays(): ReadonlyMap<string, Day> {
  const [days, setDays] = useState<ReadonlyMap<string, Day>>(new Map());
  useEffect(() => {
    let over = false;
    open<TickerRow[]>("/fapi/v1/ticker/24hr").then(
      (rows) => {
        if (!over) setDays((before) => new Map([...rows.map((row) => [row.symbol, dayOf(row)] as const), ...before]));
      },
      () => undefined,
    );
    const stop = marketStreams.on<MiniFrame[]>("!miniTicker@arr", (rows) => {
      onFrame("days", () => {
        if (over) return;
        setDays((before) => {
          const after = new Map(before);
          for (const row of rows) {
            const change = Number(row.c) - Number(row.o);
            after.set(row.s, {
              symbol: row.s,
              last: row.c,
              change: String(change),
              changePercent: String(Number(row.o) ? (change / Number(row.o)) * 100 : 0),
              high: row.h,
              low: row.l,
              volume: row.v,
              quoteVolume: row.q,
            });
          }
          return after;
        });
      });
    });
    return () => {
      over = true;
      stop();
    };
  }, []);
  return days;
}

export function Switcher({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const days = useDays();
  const list = useRef<HTMLUListElement>(null);
  const found = useMemo(() => {
    const needle = asked.trim().toUpperCase();
    return [...contracts.value.values()]
      .filter((each) => `${each.symbol} ${each.base} ${each.underlying.join(" ").toUpperCase()}`.includes(needle))
      .sort((a, b) => Number(b.symbol.startsWith(needle)) - Number(a.symbol.startsWith(needle)));
  }, [asked, contracts.value]);
  const pick = (name: string): void => {
    go("trade", name);
    onClose();
  };
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      pick(found[at].symbol);
      return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !found.length) return;
    event.preventDefault();
    const to = (at + by + found.length) % found.length;
    setAt(to);
    list.current?.children[to]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Dialog title="Contracts" onClose={onClose}>
      <div class="switcher" onKeyDown={move}>
        <span class="box">
          <span class="pad"><Icon name="search" /></span>
          <input
            type="text"
            autofocus
            role="combobox"
            list={undefined}
            aria-expanded="true"
            aria-controls="contracts"
            aria-activedescendant={found[at] ? `contract-${found[at].symbol}` : undefined}
            aria-label="Search contracts"
            placeholder="BTC, 币安, DeFi …"
            value={asked}
            onInput={(event) => {
              setAsked(event.currentTarget.value);
              setAt(0);
            }}
          />
        </span>
        <ul id="contracts" role="listbox" aria-label="Contracts" ref={list}>
          {found.map((each, index) => {
            const today = days.get(each.symbol);
            return (
              <li
                key={each.symbol}
                id={`contract-${each.symbol}`}
                role="option"
                aria-selected={index === at}
                class={each.symbol === symbol.value ? "current" : ""}
                onClick={() => pick(each.symbol)}
                onMouseMove={() => setAt(index)}
              >
                <b>{each.symbol}</b>
                <span class="num">{fixed(today?.last, each.pricePlaces)}</span>
                <span class={`num ${tone(today?.change ?? 0)}`}>{today ? `${signed(today.changePercent, 2)} %` : ""}</span>
                <span class="num dim">{compact(today?.quoteVolume)}</span>
              </li>
            );
          })}
        </ul>
        {!found.length && <Empty title={`Nothing is called “${asked}”`}>Search by a part of the name, like ETH or USDC.</Empty>}
      </div>
    </Dialog>
  );
}
