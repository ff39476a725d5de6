/** A box off loopback wants its operator: the token stays in this page's memory. */
import { useState } from "preact/hooks";
import { enter } from "../data/account";
import { readClock } from "../data/clock";
import { account } from "../data/session";
import { setOperatorToken } from "../lib/http";
import { Panel, TextField } from "./ui";

export function TokenGate({ wrong }: { wrong: boolean }) {
  const [token, setToken] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    setOperatorToken(token.trim());
    void enter(account.value, true).then(readClock);
  };
  return (
    <Panel title="This box asks for its operator" class="gate">
      <form class="body stack" onSubmit={send}>
        <p class="dim">
          Prices can be watched without. To trade and to reach the control room, give the operator token that the box was
          started with. It is kept until you close or reload this page, and nowhere else.
        </p>
        <TextField label="Operator token" secret value={token} onInput={setToken} />
        {wrong && (
          <p class="error-text" role="alert">
            The box refused this token.
          </p>
        )}
        <div class="row">
          <button type="submit" class="btn primary" disabled={!token.trim()}>
            Unlock
          </button>
        </div>
      </form>
    </Panel>
  );
}
