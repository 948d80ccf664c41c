/** `/scim/v2` in any case and with doubled slashes. Not parsed with URL, which reads `//scim` as a host. */
const scim = /^\/+scim\/+v2(?=\/|$)(.*)$/is;

/** The part of a request's target below `/scim/v2`. */
export type ScimTarget = { path: string; query: string };

/** Reads the target of a request line as it was sent; null if it isn't below `/scim/v2`. */
export function findScimTarget(url: string): ScimTarget | null {
  const mark = url.indexOf("?");
  const path = scim.exec(mark < 0 ? url : url.slice(0, mark))?.[1];
  return path === undefined ? null : { path, query: mark < 0 ? "" : url.slice(mark + 1) };
}
