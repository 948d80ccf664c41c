import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

/** An email as received over SMTP. */
type ReceivedMail = { from: string; to: string[]; subject: string; text: string; html: string };

export type MailServer = {
  /** `smtp://127.0.0.1:port`, the form of SMTP_URL. */
  url: string;
  mails: ReceivedMail[];
  /** The first email to an email address with a matching subject; waits up to ten seconds for it. */
  waitFor: (to: string, subject: RegExp) => Promise<ReceivedMail>;
  /** Rejects the next emails with this code; null accepts them again. */
  refuseWith: (code: number | null) => void;
  /** Rejects matching recipients with this code. Returns a function that stops it. */
  refuseRecipients: (code: number, which: RegExp) => () => void;
  /** Emails to matching recipients get no answer until `release` is called. */
  holdRecipients: (which: RegExp) => { waiting: () => number; release: () => void };
  close: () => Promise<void>;
};

/** A real SMTP server on loopback that keeps the emails it receives. */
export async function openMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  let refusal: number | null = null;
  const refusals: { code: number; which: RegExp }[] = [];
  const holds: { which: RegExp; waiting: (() => void)[] }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: ({ address }, _, done) => {
      const refused = refusals.find(({ which }) => which.test(address));
      if (refused) return done(Object.assign(new Error("no such mailbox"), { responseCode: refused.code }));
      const hold = holds.find(({ which }) => which.test(address));
      if (hold) hold.waiting.push(done);
      else done();
    },
    onData: async (stream, session, done) => {
      const { subject = "", text = "", html } = await simpleParser(stream);
      if (refusal !== null) return done(Object.assign(new Error("refused"), { responseCode: refusal }));
      const { mailFrom, rcptTo } = session.envelope;
      const to = rcptTo.map(({ address }) => address);
      mails.push({ from: mailFrom ? mailFrom.address : "", to, subject, text, html: html || "" });
      done();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;

  const waitFor = async (to: string, subject: RegExp): Promise<ReceivedMail> => {
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const found = mails.find((mail) => mail.to.includes(to) && subject.test(mail.subject));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const seen = mails.map((mail) => `${mail.to.join(", ")}: ${mail.subject}`).join("; ");
    throw new Error(`no mail for ${to} with subject ${subject}; seen: ${seen || "none"}`);
  };
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    waitFor,
    refuseWith: (code) => {
      refusal = code;
    },
    refuseRecipients: (code, which) => {
      const refusal = { code, which };
      refusals.push(refusal);
      return () => void refusals.splice(refusals.indexOf(refusal), 1);
    },
    holdRecipients: (which) => {
      const hold = { which, waiting: [] as (() => void)[] };
      holds.push(hold);
      const release = () => {
        holds.splice(holds.indexOf(hold), 1);
        for (const done of hold.waiting.splice(0)) done();
      };
      return { waiting: () => hold.waiting.length, release };
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
