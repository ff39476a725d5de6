/** Which account the page acts as. */
import { useEffect, useState } from "preact/hooks";
import { switchAccount } from "../data/account";
import { account, door, session } from "../data/session";
import { fixed } from "../lib/format";
import { lab } from "../lib/http";
import { href } from "../lib/route";
import { closeDialog, showDialog } from "./dialogs";
import { Empty, Icon } from "./ui";

export interface AccountRow {
  account: number;
  label?: string;
  key: string;
  keyType: string;
  hedge: boolean;
  multiAssets: boolean;
  wallets: Record<string, string>;
  equity: string;
  marginRatio: string | null;
  positions: number;
  openOrders: number;
}

export function readAccounts(fromId = 1, limit = 100): Promise<AccountRow[]> {
  return lab<AccountRow[]>("GET", "/accounts", { fromId, limit });
}

function Picker() {
  const [rows, setRows] = useState<AccountRow[] | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    readAccounts().then(setRows, (error: Error) => setFailed(error.message));
  }, []);
  if (failed) return <Empty title="The accounts cannot be listed">{failed}</Empty>;
  if (!rows) return <Empty title="Reading …" />;
  return (
    <div class="stack">
      <ul class="picks">
        {rows.map((row) => (
          <li key={row.account}>
            <button
              type="button"
              class="pick"
              aria-current={row.account === account.value ? "true" : undefined}
              onClick={() => {
                closeDialog();
                void switchAccount(row.account);
              }}
            >
              <span>
                <b>Account {row.account}</b> {row.label && <span class="dim">{row.label}</span>}
              </span>
              <span class="num">{fixed(row.equity, 2)}</span>
              <span class="dim">
                {row.positions} positions · {row.openOrders} orders {row.hedge ? "· hedge" : ""}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <a class="btn" href={href("control", "accounts")} onClick={closeDialog}>
        Open or fund accounts in the control room
      </a>
    </div>
  );
}

export function AccountMenu() {
  const known = session.value !== "";
  return (
    <button
      type="button"
      class="btn account-menu"
      title={known ? "Act as another account" : door.value.state === "none" ? door.value.why : undefined}
      onClick={() => showDialog("Act as", Picker)}
    >
      {known ? `Account ${account.value}` : "No account"}
      <Icon name="down" />
    </button>
  );
}
