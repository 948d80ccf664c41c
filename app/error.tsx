"use client";

import { Button } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Narrow
      title="Something went wrong"
      lead="Nothing was changed. Try again; if it stays, give the number below to your operator."
    >
      {error.digest ? <p className="mb-4 font-mono text-ink-faint text-xs">{error.digest}</p> : null}
      <Button look="primary" onClick={reset}>
        Try again
      </Button>
    </Narrow>
  );
}
