import { createTransport } from "nodemailer";
import { reasonOf } from "@/lib/set-aside";

/** Milliseconds for each step of sending; nodemailer's own defaults are minutes. */
const limits = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** Milliseconds for all steps together, however slowly a server responds. */
export const sendLimit = 40_000;

export type Message = { id: string; from: string; to: string; subject: string; html: string; text: string };

/**
 * The result of an attempt. `unreachable`: the server never accepted the message data, so the email isn't at fault. `refused`: the
 * recipient's server doesn't accept email for this address, and won't next time. `failed`: this email did not get through, or nobody knows.
 */
export type Outcome = { kind: "sent" } | { kind: "unreachable" | "refused" | "failed"; detail: string };

/** Sends an email within `milliseconds`, over its own connection. */
export async function sendBySmtp(url: string, message: Message, milliseconds: number): Promise<Outcome> {
  const { id, to, ...rest } = message;
  const transport = createTransport({ url, ...limits });
  let isListening = false;
  // nodemailer first reads the message once the server has greeted and authenticated us.
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

/** nodemailer's details of a failure: the command, the reason and the server's response. */
type SmtpError = { command?: string; code?: string; response?: string; responseCode?: number };

/** 421 means "closing the channel", at any point; 5xx at RCPT is about the email address (RFC 5321 §4.2.1, §3.8). */
function outcomeOf(error: unknown, isListening: boolean, milliseconds: number): Outcome {
  const { command, code, response, responseCode = 0 } = error as SmtpError;
  const isLate = code === "EABORT";
  const detail = isLate ? `The mail server took longer than ${milliseconds / 1000} s.` : response || reasonOf(error);
  if (responseCode === 421) return { kind: "unreachable", detail };
  if (command === "RCPT TO" && responseCode >= 500 && responseCode <= 599) return { kind: "refused", detail };
  const isOfServer = !isListening && (isLate || command !== undefined || code !== undefined);
  return { kind: isOfServer ? "unreachable" : "failed", detail };
}
