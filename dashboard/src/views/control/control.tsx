export function Control() {
  return <p>…</p>;
}
