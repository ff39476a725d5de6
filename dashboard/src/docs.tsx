import { render } from "preact";
import "./style/tokens.css";
import "./style/parts.css";
import "./style/shell.css";
import "./style/docs.css";
import { Reference } from "./views/docs/reference";

render(<Reference />, document.getElementById("app")!);
