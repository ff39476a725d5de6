/** What the simulated market quotes: how deep, how wide, how much. */
import { useEffect, useState } from "preact/hooks";
import { contracts, symbol } from "../../data/market";
import { tell } from "../../data/notes";
import { type ApiError, lab, landing } from "../../lib/http";
import { Empty, NumberField, Panel, Refusal } from "../../parts/ui";
import { operated } from "./prices-panel";
import { useSending } from "./send";

interface Street {
  symbol: string;
  levels: number;
  spreadTicks: number;
  gapTicks: number;
  levelNotional: string;
}

const FIELDS = [
  ["levels", "Levels a side", ""],
  ["spreadTicks", "Spread", "ticks"],
  ["gapTicks", "Gap between levels", "ticks"],
  ["levelNotional", "Worth of a level", "quote"],
] as const;
type Name = (typeof FIELDS)[number][0];
type Texts = Record<Name, string>;

const textsOf = (street: Street): Texts => ({
  levels: String(street.levels),
  spreadTicks: String(street.spreadTicks),
  gapTicks: String(street.gapTicks),
  levelNotional: street.levelNotional,
});

const WITHOUT = {
  none: "This box has no market of its own: prices put levels around themselves.",
  recorded: "This box plays a recording, and what it quotes was recorded.",
} as const;

export function StreetPanel() {
  const { error, busy, send } = useSending();
  const [texts, setTexts] = useState<Texts | null>(null);
  const [refused, setRefused] = useState("");
  const name = operated.value || symbol.value;
  useEffect(() => {
    if (!contracts.value.has(name)) return;
    setTexts(null);
    const read = async (): Promise<void> => {
      const { market } = await landing();
      if (market !== "sim") {
        setRefused(WITHOUT[market]);
        return;
      }
      setTexts(textsOf(await lab<Street>("GET", "/street", { symbol: name })));
      setRefused("");
    };
    read().catch((failed: ApiError) => setRefused(failed.message));
  }, [name, contracts.value.size]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const { levelNotional, ...counts } = texts!;
    const wholes = Object.fromEntries(Object.entries(counts).map(([each, text]) => [each, Number(text)]));
    send(async () => {
      setTexts(textsOf(await lab<Street>("POST", "/street", { symbol: name, ...wholes, levelNotional })));
      tell("info", `${name}: quoted so from the market's next step on`);
    });
  };
  return (
    <Panel title="Street" tools={<span class="chip">{name}</span>}>
      {refused ? (
        <Empty title="No street to shape">{refused}</Empty>
      ) : (
        <form class="body stack" onSubmit={submit}>
          <p class="dim">What the market outside quotes, on both sides of the price.</p>
          <div class="fields">
            {FIELDS.map(([each, label, unit]) => (
              <NumberField
                key={each}
                label={label}
                unit={unit === "quote" ? contracts.value.get(name)?.quote : unit || undefined}
                value={texts?.[each] ?? ""}
                disabled={!texts}
                onInput={(value) => texts && setTexts({ ...texts, [each]: value })}
              />
            ))}
          </div>
          <div class="row">
            <button type="submit" class="btn primary" disabled={busy || !texts}>
              Quote so
            </button>
          </div>
          <Refusal error={error} />
        </form>
      )}
    </Panel>
  );
}
