/** The part of OpenAPI documents that the reference shows. */

interface Schema {
  type?: string;
  format?: string;
  enum?: string[];
  properties?: Record<string, Schema & { description?: string }>;
  required?: string[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Content {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

interface Described {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Content> };
  responses?: Record<string, { content?: Record<string, Content> }>;
}

export interface Document {
  info: { title: string; version: string };
  paths: Record<string, Record<string, Described>>;
}

export interface Field {
  name: string;
  needed: boolean;
  kind: string;
  note: string;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  group: string;
  summary: string;
  note: string;
  fields: Field[];
  sent: unknown;
  answer: unknown;
}

const kindOf = (schema: Schema | undefined): string =>
  schema?.enum?.join(" | ") ?? schema?.format ?? schema?.type ?? "";

function example(content: Record<string, Content> | undefined): unknown {
  const json = content?.["application/json"];
  return json?.example ?? Object.values(json?.examples ?? {})[0]?.value;
}

function fieldsOf(described: Described): Field[] {
  const given = (described.parameters ?? []).map((each) => ({
    name: each.name,
    needed: each.required ?? false,
    kind: kindOf(each.schema),
    note: each.description ?? "",
  }));
  const body = described.requestBody?.content["application/json"]?.schema;
  const inBody = Object.entries(body?.properties ?? {}).map(([name, schema]) => ({
    name,
    needed: body?.required?.includes(name) ?? false,
    kind: kindOf(schema),
    note: schema.description ?? "",
  }));
  return [...given, ...inBody];
}

/** Every operation of a document; `family` stands before its groups. */
export function operationsOf(document: Document, family: string): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      id: `${method}${path}`.replaceAll(/[^\w]+/g, "-"),
      method: method.toUpperCase(),
      path,
      group: `${family}${described.tags?.[0] ?? "other"}`,
      summary: described.summary ?? "",
      note: described.description ?? "",
      fields: fieldsOf(described),
      sent: example(described.requestBody?.content),
      answer: example(described.responses?.["200"]?.content),
    })),
  );
}
