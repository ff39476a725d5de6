/** What happened to the account: read in pages, newest first, kept fresh by its events. */
import { useEffect, useRef, useState } from "preact/hooks";
import { changes } from "../../data/account";
import { contracts, symbol } from "../../data/market";
import { account, fapi, session } from "../../data/session";
import type { ApiError } from "../../lib/http";
import { go, place } from "../../lib/route";
import { DataTable } from "../../parts/data-table";
import { Empty, Panel, Refusal, SelectField, Tabs } from "../../parts/ui";
import { type Kind, type KindName, KINDS, type Row } from "./kinds";

const SETTLE_MS = 300;
const ALL = "";

interface Read {
  rows: readonly Row[] | null;
  error: ApiError | null;
  /** There may be older rows than these. */
  more: boolean;
  older: () => void;
}

function useHistory(kind: Kind, contract: string): Read {
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [more, setMore] = useState(false);
  const round = useRef(0);
  const seen = changes.value;
  const id = account.value;
  const open = session.value;

  const ask = (endTime?: number): Promise<Row[]> =>
    fapi<Row[]>("GET", kind.path, { ...kind.fields, symbol: contract, limit: kind.limit, endTime });
  /** Newest first: shown rows and an answer, which the exchange tells oldest first. */
  const joined = (shown: readonly Row[] | null, found: readonly Row[]): Row[] => {
    const byKey = new Map([...(shown ?? [])].reverse().map((row) => [kind.rowKey(row), row]));
    for (const row of found) byKey.set(kind.rowKey(row), row);
    const rows = [...byKey.values()].sort((a, b) => Number(a[kind.time]) - Number(b[kind.time]));
    // Of one instant the later row, which the exchange tells last, comes first.
    return rows.reverse();
  };
  const read = (): void => {
    if (!session.value || (kind.perContract && !contract)) return;
    const mine = ++round.current;
    ask().then(
      (found) => {
        if (mine !== round.current) return;
        setError(null);
        setMore(found.length >= kind.limit);
        setRows((before) => joined(before, found));
      },
      (failed: ApiError) => mine === round.current && setError(failed),
    );
  };
  useEffect(() => {
    setRows(null);
    setError(null);
    read();
  }, [kind, contract, id, open]);
  useEffect(() => {
    const timer = setTimeout(read, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [seen]);
  const older = (): void => {
    const last = rows?.at(-1);
    if (!last) return;
    ask(Number(last[kind.time]) - 1).then(
      (found) => {
        setMore(found.length >= kind.limit);
        setRows((before) => joined(before, found));
      },
      (failed: ApiError) => setError(failed),
    );
  };
  return { rows, error, more, older };
}

export function History() {
  const name = (place.value.rest in KINDS ? place.value.rest : "orders") as KindName;
  const kind: Kind = KINDS[name];
  const [picked, setPicked] = useState(symbol.value);
  const [anyContract, setAny] = useState(true);
  const contract = kind.perContract ? picked : anyContract ? ALL : picked;
  const { rows, error, more, older } = useHistory(kind, contract);
  const names = [...contracts.value.keys()].map((each) => [each, each] as const);
  const tools = (
    <>
      <SelectField
        bare
        label="Contract"
        value={contract}
        options={kind.perContract ? names : [[ALL, "All contracts"], ...names]}
        onPick={(value) => {
          setAny(value === ALL);
          if (value) setPicked(value);
        }}
      />
      {more && (
        <button type="button" class="btn small" onClick={older}>
          Older
        </button>
      )}
    </>
  );
  const tabs = Object.entries(KINDS).map(([each, row]) => [each as KindName, row.name] as const);
  return (
    <div class="view">
      <h1 class="sr">History</h1>
      <Panel class="grow" label="History" title={<Tabs label="History" value={name} options={tabs} onPick={(value) => go("history", value)} />}>
        {error && (
          <div class="body">
            <Refusal error={error} />
          </div>
        )}
        <DataTable
          key={name}
          label={kind.name}
          rows={rows ?? []}
          columns={kind.columns}
          rowKey={kind.rowKey}
          file={`${name}-${contract || "all"}-${account.value}`}
          tools={tools}
          empty={<Empty title={!session.value ? "No account" : rows ? kind.empty : "Reading …"} />}
        />
      </Panel>
    </div>
  );
}
