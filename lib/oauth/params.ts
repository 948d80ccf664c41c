/** Returns a repeated parameter, which is an error (RFC 6749 §3.1), because it's unclear which value counts. */
export function findRepeated(params: URLSearchParams): string | null {
  const names = [...params.keys()];
  return names.find((name, index) => names.indexOf(name) !== index) ?? null;
}

/** Converts parameters to the form the library reads. */
export function toObject(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...params].filter(([, value]) => value !== ""));
}
