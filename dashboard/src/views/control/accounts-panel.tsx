/** Who trades here: open accounts, fund them, act as them. */
import { useEffect, useState } from "preact/hooks";
import { changes, readAccount, switchAccount } from "../../data/account";
import { account } from "../../data/session";
import { fixed, percent, plain } from "../../lib/format";
import { type ApiError, lab } from "../../lib/http";
import { type AccountRow, readAccounts } from "../../parts/account-menu";
import { type Column, DataTable } from "../../parts/data-table";
import { closeDialog, showDialog } from "../../parts/dialogs";
import { Check, Empty, NumberField, Panel, Refusal, TextField } from "../../parts/ui";
import { useSending } from "./send";

const PAGE = 1000;
const AGAIN_MS = 400;

interface Opened {
  account: number;
  key: string;
  secret?: string;
}

function Credentials({ opened }: { opened: Opened }) {
  return (
    <div class="stack">
      <p class="dim">For a bot: copy them now. The page forgets the secret when this closes, and the box tells it once.</p>
      <dl class="credentials">
        <dt>Key</dt>
        <dd>
          <code>{opened.key}</code>
        </dd>
        {opened.secret && (
          <>
            <dt>Secret</dt>
            <dd>
              <code>{opened.secret}</code>
            </dd>
          </>
        )}
      </dl>
      <div class="row">
        <button
          type="button"
          class="btn primary"
          onClick={() => {
            closeDialog();
            void switchAccount(opened.account);
          }}
        >
          Act as account {opened.account}
        </button>
        <button type="button" class="btn" onClick={closeDialog}>
          Close
        </button>
      </div>
    </div>
  );
}

function OpenForm({ done }: { done: () => void }) {
  const { error, busy, send } = useSending();
  const [amount, setAmount] = useState("10000");
  const [asset, setAsset] = useState("USDT");
  const [hedge, setHedge] = useState(false);
  const [multiAssets, setMulti] = useState(false);
  const submit = (event: Event): void => {
    event.preventDefault();
    send(async () => {
      const opened = await lab<Opened>("POST", "/accounts", { wallets: { [asset.trim().toUpperCase()]: amount }, hedge, multiAssets });
      done();
      showDialog(`Account ${opened.account} is open`, () => <Credentials opened={opened} />);
    });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <div class="row even">
        <NumberField label="Balance" value={amount} onInput={setAmount} />
        <TextField label="Asset" value={asset} onInput={setAsset} />
      </div>
      <div class="row checks">
        <Check label="Hedge mode" value={hedge} onPick={setHedge} />
        <Check label="Multi-assets mode" value={multiAssets} onPick={setMulti} />
      </div>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={busy}>
          Open account
        </button>
      </div>
    </form>
  );
}

function FundForm({ id, done }: { id: number; done: () => void }) {
  const { error, busy, send } = useSending();
  const [amount, setAmount] = useState("1000");
  const [asset, setAsset] = useState("USDT");
  const submit = (event: Event): void => {
    event.preventDefault();
    send(async () => {
      await lab("POST", "/deposits", { account: id, asset: asset.trim().toUpperCase(), amount });
      done();
      closeDialog();
      if (id === account.value) await readAccount();
    });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <div class="row even">
        <NumberField label="Amount" value={amount} onInput={setAmount} />
        <TextField label="Asset" value={asset} onInput={setAsset} />
      </div>
      <p class="dim">A negative amount takes out, even what open positions need.</p>
      <Refusal error={error} />
      <div class="row">
        <button type="submit" class="btn primary" disabled={busy || !Number(amount)}>
          Move money
        </button>
      </div>
    </form>
  );
}

const COLUMNS: Column<AccountRow>[] = [
  {
    name: "Account",
    text: (row) => row.account,
    cell: (row) => (
      <>
        <b>{row.account}</b> {row.label && <span class="chip">{row.label}</span>} {row.account === account.value && <span class="chip accent">you</span>}
      </>
    ),
  },
  {
    name: "Wallets",
    text: (row) => Object.entries(row.wallets).map((each) => each.join(" ")).join("; "),
    cell: (row) => Object.entries(row.wallets).map(([asset, amount]) => `${fixed(amount, 2)} ${asset}`).join(", ") || "–",
  },
  { name: "Equity ($)", num: true, text: (row) => row.equity, cell: (row) => fixed(row.equity, 2) },
  { name: "Margin ratio", num: true, text: (row) => row.marginRatio ?? "", cell: (row) => percent(row.marginRatio) },
  { name: "Positions", num: true, text: (row) => row.positions, cell: (row) => plain(row.positions) },
  { name: "Orders", num: true, text: (row) => row.openOrders, cell: (row) => plain(row.openOrders) },
  { name: "Mode", text: (row) => `${row.hedge ? "hedge" : "one-way"}${row.multiAssets ? " multi-assets" : ""}`, cell: (row) => `${row.hedge ? "Hedge" : "One-way"}${row.multiAssets ? ", multi-assets" : ""}` },
  { name: "Key", text: (row) => row.key, cell: (row) => <code title={row.key}>{row.key.slice(0, 8)}…</code> },
];

export function AccountsPanel() {
  const [rows, setRows] = useState<readonly AccountRow[] | null>(null);
  const [failed, setFailed] = useState("");
  const seen = changes.value;
  const read = (): void => {
    readAccounts(1, PAGE).then(
      (found) => {
        setRows(found);
        setFailed("");
      },
      (error: ApiError) => setFailed(error.message),
    );
  };
  useEffect(() => {
    const timer = setTimeout(read, rows ? AGAIN_MS : 0);
    return () => clearTimeout(timer);
  }, [seen, account.value]);
  return (
    <Panel
      title="Accounts"
      class="wide"
      tools={
        <>
          <button type="button" class="btn small" onClick={read}>
            Read again
          </button>
          <button type="button" class="btn small primary" onClick={() => showDialog("Open an account", () => <OpenForm done={read} />)}>
            Open an account
          </button>
        </>
      }
    >
      <DataTable
        label="Accounts"
        quiet
        pageRows={20}
        rows={rows ?? []}
        columns={COLUMNS}
        rowKey={(row) => row.account}
        file="accounts"
        empty={<Empty title={failed ? "The accounts cannot be listed" : "Reading …"}>{failed}</Empty>}
        actions={(row) => (
          <>
            <button type="button" class="btn small" onClick={() => showDialog(`Fund account ${row.account}`, () => <FundForm id={row.account} done={read} />)}>
              Fund
            </button>
            <button type="button" class="btn small" disabled={row.account === account.value} onClick={() => void switchAccount(row.account)}>
              Act as
            </button>
          </>
        )}
      />
    </Panel>
  );
}
