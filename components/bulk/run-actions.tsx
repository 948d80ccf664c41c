"use client";

import { useTranslations } from "use-intl";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";

type Props = {
  isRunning: boolean;
  /** How many weren't reached. */
  rest: number;
  onStop: () => void;
  onGoOn: () => void;
  onClose: () => void;
};

/** The buttons of a change of many that has begun: stop it, go on with the rest, or leave. */
export function RunActions({ isRunning, rest, onStop, onGoOn, onClose }: Props) {
  const t = useTranslations("members");
  const common = useTranslations("common");
  return (
    <DialogActions>
      {isRunning ? <Button onClick={onStop}>{t("bulk.stop")}</Button> : null}
      {!isRunning && rest > 0 ? <Button onClick={onGoOn}>{t("bulk.goOn", { count: rest })}</Button> : null}
      <Button look="primary" pending={isRunning} onClick={onClose}>
        {common("done")}
      </Button>
    </DialogActions>
  );
}
