/** The reference: every route of the exchange and of the lab, read from the box's own documents. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { words } from "../../lib/format";
import { lab, open } from "../../lib/http";
import { theme, toggleTheme } from "../../parts/theme";
import { Empty, Icon, Logo } from "../../parts/ui";
import { type Document, type Operation, operationsOf } from "./openapi";

const EXAMPLE_SHOWN_MAX = 6000;

function shown(example: unknown): string {
  const text = JSON.stringify(example, null, 2);
  return text.length > EXAMPLE_SHOWN_MAX ? `${text.slice(0, EXAMPLE_SHOWN_MAX)}\n…` : text;
}

function OperationView({ operation }: { operation: Operation }) {
  const { id, method, path, summary, note, fields, sent, answer } = operation;
  return (
    <article class="operation panel" id={id}>
      <h3>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <a href={`#${id}`}>{path}</a>
      </h3>
      <p>
        {summary}. <span class="dim">{note}</span>
      </p>
      {fields.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={`Parameters of ${method} ${path}`}>
          <table>
            <thead>
              <tr>
                <th scope="col" class="parameter">Parameter</th>
                <th scope="col" class="needed">Needed</th>
                <th scope="col" class="kind">Kind</th>
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              {fields.map((field) => (
                <tr key={field.name}>
                  <td>
                    <code>{field.name}</code>
                  </td>
                  <td>{field.needed ? "yes" : ""}</td>
                  <td class="wrap">{field.kind}</td>
                  <td class="wrap dim">{field.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sent !== undefined && (
        <details>
          <summary>Example of a body</summary>
          <pre tabIndex={0}>{shown(sent)}</pre>
        </details>
      )}
      {answer !== undefined && (
        <details>
          <summary>Example of an answer</summary>
          <pre tabIndex={0}>{shown(answer)}</pre>
        </details>
      )}
    </article>
  );
}

function useOperations(): { operations: readonly Operation[]; failed: string } {
  const [operations, setOperations] = useState<readonly Operation[]>([]);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    const exchange = open<Document>("/openapi.json").then((document) => operationsOf(document, ""));
    // Off loopback the lab's document is the operator's: then the exchange's stands alone.
    const operator = lab<Document>("GET", "/openapi.json").then(
      (document) => operationsOf(document, "lab: "),
      () => [],
    );
    Promise.all([exchange, operator]).then(
      ([first, second]) => setOperations([...first, ...second]),
      (error: Error) => setFailed(error.message),
    );
  }, []);
  return { operations, failed };
}

export function Reference() {
  const { operations, failed } = useOperations();
  const [asked, setAsked] = useState("");
  const needle = asked.trim().toLowerCase();
  const groups = useMemo(() => {
    const found = operations.filter((each) =>
      `${each.method} ${each.path} ${each.summary} ${each.fields.map((field) => field.name).join(" ")}`.toLowerCase().includes(needle),
    );
    const byGroup = new Map<string, Operation[]>();
    for (const each of found) byGroup.set(each.group, [...(byGroup.get(each.group) ?? []), each]);
    return [...byGroup];
  }, [operations, needle]);
  useEffect(() => {
    if (operations.length && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [operations]);
  const dark = theme.value === "dark";
  return (
    <>
      <header class="top">
        <a class="brand" href="/" aria-label="perpbox">
          <Logo />
          <span>perpbox</span>
        </a>
        <nav class="tabs" aria-label="Views">
          <a href="/#/trade">Trade</a>
          <a href="/#/risk">Risk</a>
          <a href="/#/history">History</a>
          <a href="/#/control">Control room</a>
          <a href="/docs" aria-current="page">
            Reference
          </a>
        </nav>
        <span class="spacer" />
        <button type="button" class="btn bare icon" aria-label={dark ? "Light colours" : "Dark colours"} onClick={toggleTheme}>
          <Icon name={dark ? "sun" : "moon"} />
        </button>
      </header>
      <main class="docs" id="main">
        <aside aria-label="Contents">
          <span class="box">
            <span class="pad">
              <Icon name="search" />
            </span>
            <input type="search" placeholder="Search routes" aria-label="Search routes" value={asked} onInput={(event) => setAsked(event.currentTarget.value)} />
          </span>
          <nav aria-label="Routes" tabIndex={0}>
            {groups.map(([group, members]) => (
              <section key={group}>
                <h2>{words(group)}</h2>
                <ul>
                  {members.map((each) => (
                    <li key={each.id}>
                      <a href={`#${each.id}`}>
                        <span class={`method ${each.method.toLowerCase()}`}>{each.method}</span> {each.path.replace(/^\/(fapi|perpbox|futures)\//, "")}
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </nav>
        </aside>
        <div class="operations">
          <h1>Reference</h1>
          <p class="dim">
            {operations.length} routes, from the documents that programs read: <a href="/openapi.json">the exchange</a> and{" "}
            <a href="/perpbox/v1/openapi.json">the lab</a>.
          </p>
          {failed && <Empty title="The document could not be read">{failed}</Empty>}
          {!failed && operations.length > 0 && groups.length === 0 && <Empty title={`Nothing matches “${asked}”`} />}
          {groups.map(([group, members]) => (
            <section key={group}>
              <h2>{words(group)}</h2>
              {members.map((each) => (
                <OperationView key={each.id} operation={each} />
              ))}
            </section>
          ))}
        </div>
      </main>
    </>
  );
}
