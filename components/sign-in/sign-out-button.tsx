"use client";

import { signOut } from "next-auth/react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";

export function SignOutButton() {
  const t = useTranslations("common");
  const [pending, setPending] = useState(false);
  const leave = () => {
    setPending(true);
    void signOut({ callbackUrl: "/sign-in" });
  };
  return (
    <Button look="primary" className="w-full" pending={pending} onClick={leave}>
      {t("signOut")}
    </Button>
  );
}
