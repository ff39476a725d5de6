/** A table with a filter, pages and a download; never more rows in the page than one page of them. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { csv, download } from "../lib/csv";
import { Empty, Icon } from "./ui";

export interface Column<Row> {
  name: string;
  /** What is shown. */
  cell: (row: Row) => ComponentChildren;
  /** What is filtered and written to the file: the exchange's own text. */
  text: (row: Row) => string | number;
  num?: boolean;
  title?: string;
  /** Room in digits. Columns keep it, so that figures that change do not make them jump. */
  width?: number;
}

interface Props<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string | number;
  /** File name without its ending; no download without it. */
  file?: string;
  empty: ComponentChildren;
  actions?: (row: Row) => ComponentChildren;
  tools?: ComponentChildren;
  pageRows?: number;
  quiet?: boolean;
}

const PAGE_ROWS = 50;
const WIDTH = 11;
/** With fewer rows than this a filter and a pager would be furniture. */
const FEW_ROWS = 8;

export function DataTable<Row>(props: Props<Row>) {
  const { rows, columns, label, quiet } = props;
  const [asked, setAsked] = useState("");
  const [page, setPage] = useState(0);
  const size = props.pageRows ?? PAGE_ROWS;
  const needle = asked.trim().toLowerCase();
  const found = useMemo(
    () => (needle ? rows.filter((row) => columns.some((column) => String(column.text(row)).toLowerCase().includes(needle))) : rows),
    [rows, needle, columns],
  );
  const pages = Math.max(1, Math.ceil(found.length / size));
  const at = Math.min(page, pages - 1);
  const shown = found.slice(at * size, at * size + size);
  const save = (): void =>
    download(`${props.file}.csv`, csv(columns.map((each) => each.name), found.map((row) => columns.map((each) => each.text(row)))));
  const bar = !quiet || rows.length > FEW_ROWS;
  return (
    <div class="data-table">
      {bar && (
        <div class="table-bar">
          {props.tools}
          <span class="spacer" />
          <span class="box filter">
            <input
              type="search"
              placeholder="Filter"
              aria-label={`Filter ${label.toLowerCase()}`}
              value={asked}
              onInput={(event) => {
                setAsked(event.currentTarget.value);
                setPage(0);
              }}
            />
          </span>
          {props.file && (
            <button type="button" class="btn small" disabled={!found.length} onClick={save}>
              <Icon name="save" /> CSV
            </button>
          )}
        </div>
      )}
      {found.length === 0 ? (
        needle ? <Empty title={`Nothing matches “${asked}”`} /> : props.empty
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <caption class="sr">{label}</caption>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.name} scope="col" class={column.num ? "num" : ""} title={column.title} style={{ "--room": `${column.width ?? WIDTH}ch` }}>
                    {column.name}
                  </th>
                ))}
                {props.actions && <th scope="col"><span class="sr">Actions</span></th>}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={props.rowKey(row)}>
                  {columns.map((column) => (
                    <td key={column.name} class={column.num ? "num" : ""}>
                      {column.cell(row)}
                    </td>
                  ))}
                  {props.actions && <td class="actions">{props.actions(row)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages > 1 && (
        <div class="pager">
          <span class="dim">
            {at * size + 1}–{Math.min(found.length, at * size + size)} of {found.length}
          </span>
          <button type="button" class="btn small" disabled={at === 0} onClick={() => setPage(at - 1)}>
            Back
          </button>
          <button type="button" class="btn small" disabled={at >= pages - 1} onClick={() => setPage(at + 1)}>
            Next
          </button>
        </div>
      )}
    </div>
  );
}
