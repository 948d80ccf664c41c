/** Notes about an action with an unexpected result, and why. */
export function Notes({ notes = [] }: { notes?: readonly string[] | undefined }) {
  return notes.map((note) => (
    <p key={note} role="status" lang="en" className="mt-3 text-[13px] text-warn">
      {note}
    </p>
  ));
}
