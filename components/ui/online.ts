import { useSyncExternalStore } from "react";

function subscribe(onChange: () => void): () => void {
  for (const event of ["online", "offline"]) window.addEventListener(event, onChange);
  return () => {
    for (const event of ["online", "offline"]) window.removeEventListener(event, onChange);
  };
}

/** Whether the browser has a network. Without one, queries pause and report no error. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
}
