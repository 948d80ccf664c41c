import type { MemberFilter } from "@/lib/api/members";
import type { MemberQuery } from "@/lib/workspace/members/list";

/** The filters of the page as the list takes them. */
export function toMemberQuery({ noTeam, neverSignedIn, problem, desc, sort, ...filter }: MemberFilter): MemberQuery {
  return {
    ...filter,
    isInNoTeam: noTeam === "yes",
    hasNeverSignedIn: neverSignedIn === "yes",
    hasProblem: problem === "yes",
    sort: sort || undefined,
    isDescending: desc === "yes",
  };
}
