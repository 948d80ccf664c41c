/** A parameter that stands twice is an error (RFC 6749 §3.1); which one would count? */
export function findRepeated(params: URLSearchParams): string | null {
  const names = [...params.keys()];
  return names.find((name, index) => names.indexOf(name) !== index) ?? null;
}

/** As the library reads them. */
export function toObject(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...params].filter(([, value]) => value !== ""));
}
