/** Who is connected and what they ask. */
import { useEffect, useState } from "preact/hooks";
import { connectionsChanged, type RequestRow, requests } from "../../data/operator";
import { stamp, timeOfDay } from "../../lib/format";
import { lab } from "../../lib/http";
import { type Column, DataTable } from "../../parts/data-table";
import { Empty, Panel } from "../../parts/ui";

const REQUESTS_READ = 100;
const SETTLE_MS = 400;

const REQUEST_COLUMNS: Column<RequestRow>[] = [
  { name: "Time", text: (row) => stamp(row.at), cell: (row) => <span class="dim">{timeOfDay(row.at)}</span> },
  { name: "Request", text: (row) => `${row.method} ${row.path}`, cell: (row) => <><b>{row.method}</b> {row.path}</> },
  { name: "Account", num: true, text: (row) => row.account ?? "", cell: (row) => (row.account ? `${row.account}${row.session ? " (page)" : ""}` : "–") },
  { name: "Weight", num: true, text: (row) => row.weight, cell: (row) => row.weight },
  { name: "Status", num: true, text: (row) => row.status, cell: (row) => <span class={row.status >= 400 ? "down" : ""}>{row.status >= 400 ? "✕ " : ""}{row.status}</span> },
  { name: "Error", text: (row) => (row.code ? `${row.code} ${row.msg ?? ""}` : ""), cell: (row) => (row.code ? <span title={row.msg}><b>{row.code}</b> {row.msg}</span> : <span class="dim">–</span>) },
  { name: "Took", num: true, text: (row) => row.tookMicros, cell: (row) => <span class="dim">{(row.tookMicros / 1000).toFixed(2)} ms</span> },
];

export function RequestsPanel() {
  const [mine, setMine] = useState(false);
  useEffect(() => {
    lab<RequestRow[]>("GET", "/requests", { limit: REQUESTS_READ }).then(
      (rows) => {
        if (!requests.value.length) requests.value = rows;
      },
      () => undefined,
    );
  }, []);
  const rows = requests.value.filter((row) => mine || !row.session);
  return (
    <Panel
      title="Requests"
      class="wide tall"
      tools={
        <label class="check">
          <input type="checkbox" checked={mine} onChange={(event) => setMine(event.currentTarget.checked)} />
          This page's too
        </label>
      }
    >
      <DataTable
        label="Requests"
        quiet
        pageRows={25}
        rows={rows}
        columns={REQUEST_COLUMNS}
        rowKey={(row) => `${row.at}${row.path}${row.tookMicros}`}
        file="requests"
        empty={<Empty title="Nobody asked yet">Requests of bots are listed here with their weight and their error.</Empty>}
      />
    </Panel>
  );
}

interface ConnectionRow {
  id: number;
  peer: string;
  kind: string;
  account?: number;
  since: number;
  streams: string[];
  sentFrames: number;
  queuedBytes: number;
}

const CONNECTION_COLUMNS: Column<ConnectionRow>[] = [
  { name: "Number", num: true, text: (row) => row.id, cell: (row) => row.id },
  { name: "From", text: (row) => row.peer, cell: (row) => row.peer },
  { name: "Kind", text: (row) => row.kind, cell: (row) => <span class="chip">{row.kind}</span> },
  { name: "Account", num: true, text: (row) => row.account ?? "", cell: (row) => row.account ?? "–" },
  { name: "Since", text: (row) => stamp(row.since), cell: (row) => <span class="dim">{timeOfDay(row.since)}</span> },
  {
    name: "Streams",
    text: (row) => row.streams.join(" "),
    cell: (row) => <span class="streams" title={row.streams.join("\n")}>{row.streams.join(" ") || "–"}</span>,
  },
  { name: "Frames", num: true, text: (row) => row.sentFrames, cell: (row) => row.sentFrames.toLocaleString("en") },
  { name: "Waiting", num: true, text: (row) => row.queuedBytes, cell: (row) => `${row.queuedBytes} B` },
];

export function ConnectionsPanel() {
  const [rows, setRows] = useState<readonly ConnectionRow[]>([]);
  const seen = connectionsChanged.value;
  useEffect(() => {
    const timer = setTimeout(() => {
      lab<ConnectionRow[]>("GET", "/connections", { limit: 1000 }).then(setRows, () => undefined);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [seen]);
  return (
    <Panel title="Connections" class="wide" tools={<span class="chip">{rows.length}</span>}>
      <DataTable
        label="Connections"
        quiet
        pageRows={20}
        rows={rows}
        columns={CONNECTION_COLUMNS}
        rowKey={(row) => row.id}
        file="connections"
        empty={<Empty title="Nobody listens" />}
      />
    </Panel>
  );
}
