import { createTransport } from "nodemailer";
import { reasonOf } from "@/lib/set-aside";

/** Milliseconds that each part of a mail's way may take; nodemailer's own defaults are minutes. */
const limits = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Milliseconds that all of them together may take, however slowly a server goes on. */
export const sendLimit = 40_000;

export type Message = { id: string; from: string; to: string; subject: string; html: string; text: string };

/**
 * What came of a try. `unreachable`: the server never listened to the mail, which is nothing against it. `refused`: the recipient's server
 * doesn't take mail for this address, and won't at the next try either. `failed`: this mail did not get through, or nobody knows.
 */
export type Outcome = { kind: "sent" } | { kind: "unreachable" | "refused" | "failed"; detail: string };

/** Sends a mail within `milliseconds`, over a connection of its own. */
export async function sendBySmtp(url: string, message: Message, milliseconds: number): Promise<Outcome> {
  const { id, to, ...rest } = message;
  const transport = createTransport({ url, ...limits });
  let isListening = false;
  // The message is first read when the server has greeted and let us in.
  transport.use("stream", (mail, done) => {
    const read = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (options) => {
      isListening = true;
      return read(options);
    };
    done();
  });
  try {
    await transport.sendMail({
      ...rest,
      messageId: id,
      to: { name: "", address: to },
      signal: AbortSignal.timeout(milliseconds),
    });
    return { kind: "sent" };
  } catch (error) {
    return outcomeOf(error, isListening, milliseconds);
  } finally {
    transport.close();
  }
}

/** What nodemailer says of a failure: at which command, why, and what the server answered. */
type SmtpError = { command?: string; code?: string; response?: string; responseCode?: number };

/** 421 is "closing the channel", at any point; 5xx at RCPT is about the address (RFC 5321 §4.2.1, §3.8). */
function outcomeOf(error: unknown, isListening: boolean, milliseconds: number): Outcome {
  const { command, code, response, responseCode = 0 } = error as SmtpError;
  const isLate = code === "EABORT";
  const detail = isLate ? `The mail server took longer than ${milliseconds / 1000} s.` : response || reasonOf(error);
  if (responseCode === 421) return { kind: "unreachable", detail };
  if (command === "RCPT TO" && responseCode >= 500 && responseCode <= 599) return { kind: "refused", detail };
  const isOfServer = !isListening && (isLate || command !== undefined || code !== undefined);
  return { kind: isOfServer ? "unreachable" : "failed", detail };
}
