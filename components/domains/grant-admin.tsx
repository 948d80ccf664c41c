"use client";

import { useQuery } from "@tanstack/react-query";
import { Confirm } from "@/components/ui/confirm";
import { wouldBeAdminsQuery } from "@/lib/api/settings";
import { counted } from "@/lib/format";

type Props = { workspace: string; onOpenChange: (open: boolean) => void; run: () => Promise<unknown> };

/** Lists the people who become admins at once, and asks before applying the identity provider's admin roles. */
export function GrantAdmin({ workspace, onOpenChange, run }: Props) {
  const { data: people } = useQuery(wouldBeAdminsQuery(workspace));
  if (!people) return null;
  return (
    <Confirm
      open
      onOpenChange={onOpenChange}
      title="Let your identity provider make admins?"
      action="Allow"
      look="primary"
      run={run}
    >
      {people.length === 0 ? (
        <p>Nobody becomes an admin by this now. From now on, a role or group that means admin gives it.</p>
      ) : (
        <>
          <p>{counted(people.length, "person becomes an admin", "people become admins")} at once:</p>
          <ul className="max-h-40 list-disc overflow-y-auto pl-5 text-ink">
            {people.map(({ id, name }) => (
              <li key={id}>{name}</li>
            ))}
          </ul>
        </>
      )}
      <p>Turning it off later changes nobody back.</p>
    </Confirm>
  );
}
