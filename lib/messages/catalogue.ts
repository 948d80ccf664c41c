import type { Messages } from "use-intl/core";
import account from "@/messages/en/account.json";
import clients from "@/messages/en/clients.json";
import common from "@/messages/en/common.json";
import domains from "@/messages/en/domains.json";
import entry from "@/messages/en/entry.json";
import mails from "@/messages/en/mails.json";
import members from "@/messages/en/members.json";
import network from "@/messages/en/network.json";
import pages from "@/messages/en/pages.json";
import problems from "@/messages/en/problems.json";
import provisioning from "@/messages/en/provisioning.json";
import refusals from "@/messages/en/refusals.json";
import seats from "@/messages/en/seats.json";
import teams from "@/messages/en/teams.json";
import tokens from "@/messages/en/tokens.json";
import validation from "@/messages/en/validation.json";
import webhooks from "@/messages/en/webhooks.json";
import workspace from "@/messages/en/workspace.json";

const rooms = {
  account,
  clients,
  common,
  domains,
  entry,
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
