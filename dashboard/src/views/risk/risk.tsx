export function Risk() {
  return <p>…</p>;
}
