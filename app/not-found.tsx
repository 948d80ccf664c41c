import Link from "next/link";
import { connection } from "next/server";
import { buttonClass } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";

export default async function NotFound() {
  await connection(); // render per request, or the scripts would lack the nonce
  return (
    <Narrow
      title="There is nothing here"
      lead="The address is wrong, or what was here is gone, or it is not yours to see."
    >
      <Link href="/" className={buttonClass()}>
        Go to the start
      </Link>
    </Narrow>
  );
}
