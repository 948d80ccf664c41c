import type { Messages } from "use-intl/core";
import account from "@/messages/en/account.json" with { type: "json" };
import clients from "@/messages/en/clients.json" with { type: "json" };
import common from "@/messages/en/common.json" with { type: "json" };
import domains from "@/messages/en/domains.json" with { type: "json" };
import entry from "@/messages/en/entry.json" with { type: "json" };
import history from "@/messages/en/history.json" with { type: "json" };
import mails from "@/messages/en/mails.json" with { type: "json" };
import members from "@/messages/en/members.json" with { type: "json" };
import network from "@/messages/en/network.json" with { type: "json" };
import pages from "@/messages/en/pages.json" with { type: "json" };
import problems from "@/messages/en/problems.json" with { type: "json" };
import provisioning from "@/messages/en/provisioning.json" with { type: "json" };
import refusals from "@/messages/en/refusals.json" with { type: "json" };
import seats from "@/messages/en/seats.json" with { type: "json" };
import teams from "@/messages/en/teams.json" with { type: "json" };
import tokens from "@/messages/en/tokens.json" with { type: "json" };
import validation from "@/messages/en/validation.json" with { type: "json" };
import webhooks from "@/messages/en/webhooks.json" with { type: "json" };
import workspace from "@/messages/en/workspace.json" with { type: "json" };

const rooms = {
  account,
  clients,
  common,
  domains,
  entry,
  history,
  mails,
  members,
  network,
  pages,
  problems,
  provisioning,
  refusals,
  seats,
  teams,
  tokens,
  validation,
  webhooks,
  workspace,
};

/** Every text that people read, by the room that it belongs to. The types, with arguments, are generated from the same files. */
export const english = rooms as Record<keyof typeof rooms, unknown> as Messages;
