import { describeUser } from "@/lib/provisioning/resources/describe";
import { findProfile } from "@/lib/workspace/profiles/profile";

/** Everything that a person's page shows: what the workspace knows, and what an identity provider has set. */
export async function findMemberProfile(workspaceId: string, id: string) {
  const [profile, described] = await Promise.all([findProfile(workspaceId, id), describeUser(workspaceId, id)]);
  return { ...profile, ...described };
}
