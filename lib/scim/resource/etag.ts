import { ScimError } from "@/lib/scim/error";
import { cutText } from "@/lib/scim/text";
import { versionTag } from "./serialize";

/** Throws 412 if this version doesn't match the client's If-Match. */
export type Expect = (version: number) => void;

/** The tags of a header, including `*`, without the `W/` of weak ones: they are compared weakly (RFC 7644 §3.14, RFC 9110 §13.1). */
function tagsOf(header: string): string[] {
  return header.split(",").map((tag) => opaqueOf(tag.trim()));
}

function opaqueOf(tag: string): string {
  return tag.replace(/^W\//, "");
}

/** Whether an If-None-Match names a tag; compares the whole tag. */
export function namesTag(header: string, tag: string): boolean {
  const opaque = opaqueOf(tag);
  return tagsOf(header).some((one) => one === "*" || one === opaque);
}

/**
 * The check for an If-Match. If a type's tags contain a digest, only the part before the hyphen is compared: clients can't overwrite
 * computed values (D-70). Other tags are compared whole, because a proxy may have added something.
 */
export function expectOf(header: string | undefined, { isComputed }: { isComputed: boolean }): Expect {
  return (version) => {
    if (header === undefined) return;
    const wanted = opaqueOf(versionTag({ version }));
    const tags = tagsOf(header);
    if (tags.map((tag) => (isComputed ? tag.replace(/-.*"$/, '"') : tag)).some((tag) => tag === "*" || tag === wanted))
      return;
    const isForeign = tags.some((tag) => tag.startsWith(wanted.slice(0, -1)) && !/^"\d+"$/.test(tag));
    throw new ScimError(412, undefined, isForeign ? foreignTag(header, wanted) : staleTag(wanted));
  };
}

function staleTag(tag: string): string {
  return `The resource has changed: its version is W/${tag}. Read it again.`;
}

function foreignTag(header: string, tag: string): string {
  return `${JSON.stringify(cutText(header, 100))} is no tag of this service: the version is W/${tag}. If a proxy adds a suffix to ETags, such as -gzip, turn that off.`;
}
