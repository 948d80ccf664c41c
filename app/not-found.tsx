import Link from "next/link";
import { connection } from "next/server";
import { buttonClass } from "@/components/ui/button";
import { Narrow } from "@/components/ui/narrow";
import { translator } from "@/lib/messages/translator";

export default async function NotFound() {
  await connection(); // render per request, or the scripts would lack the nonce
  const t = translator("pages");
  return (
    <Narrow title={t("notFound.title")} lead={t("notFound.lead")}>
      <Link href="/" className={buttonClass()}>
        {t("notFound.action")}
      </Link>
    </Narrow>
  );
}
