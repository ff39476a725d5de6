import { render } from "preact";
import "./style/tokens.css";
import "./style/parts.css";
import "./style/shell.css";
import "./style/trade.css";
import "./style/views.css";
import { App } from "./app";
import { readAccount, startAccount } from "./data/account";
import { readClock } from "./data/clock";
import { onReturn, startStreams } from "./data/link";
import { followMarks, readMarket } from "./data/market";
import { openSession } from "./data/session";

onReturn(readMarket);
onReturn(readClock);
followMarks();
startAccount();
startStreams();
// The session first: what is asked with it is counted in nobody's limits.
void openSession().then(() => Promise.all([readMarket(), readClock(), readAccount()]));
render(<App />, document.getElementById("app")!);
