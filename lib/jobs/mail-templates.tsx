import { ourLocale, translator } from "@/lib/messages/translator";
import { cleanName } from "@/lib/name";
import type { Mail } from "@/lib/workspace/mail/outbox";
import { type Letter, writeLetter } from "./mail-letters";

const ink = "#1a1a1e";

const quiet = "#6b6b76";

const sans = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Helvetica, Arial, sans-serif";

type Parts = typeof import("@react-email/components");

function LetterBody({ letter, url, parts }: { letter: Letter; url: string | null; parts: Parts }) {
  const { Body, Button, Container, Head, Heading, Html, Link, Preview, Section, Text } = parts;
  const text = { color: ink, fontSize: "15px", lineHeight: "24px", margin: "0 0 12px" };
  return (
    <Html lang={ourLocale()}>
      <Head />
      <Preview>{letter.lines[0] ?? letter.heading}</Preview>
      <Body style={{ backgroundColor: "#f6f6f7", fontFamily: sans, margin: 0, padding: "32px 0" }}>
        <Container style={{ backgroundColor: "#ffffff", borderRadius: "12px", maxWidth: "480px", padding: "32px" }}>
          <Text style={{ color: quiet, fontSize: "13px", fontWeight: 600, margin: "0 0 20px" }}>Muster</Text>
          <Heading as="h1" style={{ color: ink, fontSize: "20px", lineHeight: "28px", margin: "0 0 12px" }}>
            {letter.heading}
          </Heading>
          {letter.lines.map((line) => (
            <Text key={line} style={text}>
              {line}
            </Text>
          ))}
          {letter.action && url ? (
            <Section style={{ margin: "20px 0 8px" }}>
              <Button
                href={url}
                style={{
                  backgroundColor: "#4338ca",
                  borderRadius: "8px",
                  color: "#ffffff",
                  fontSize: "14px",
                  fontWeight: 600,
                  padding: "11px 18px",
                }}
              >
                {letter.action.label}
              </Button>
              <Text
                style={{
                  color: quiet,
                  fontSize: "12px",
                  lineHeight: "18px",
                  margin: "16px 0 0",
                  wordBreak: "break-all",
                }}
              >
                {translator("mails").rich("url", { url: () => <Link href={url}>{url}</Link> })}
              </Text>
            </Section>
          ) : null}
          <Text style={{ color: quiet, fontSize: "12px", lineHeight: "18px", margin: "20px 0 0" }}>
            {letter.footer}
          </Text>
        </Container>
      </Body>
    </Html>
  );
}

export type RenderedMail = { subject: string; html: string; text: string; url: string | null };

type Kept = Pick<Mail, "kind" | "data" | "secret">;

function letterOf(mail: Kept, base: string): { letter: Letter; url: string | null } {
  // Names typed by others appear in our sentences, so they must not end a sentence, begin a header, or reverse the text direction (T32).
  const data = Object.fromEntries(Object.entries(mail.data).map(([key, value]) => [key, cleanName(value)]));
  const letter = writeLetter(mail.kind, data, mail.secret, translator("mails"));
  return { letter, url: letter.action ? `${base}${letter.action.path}` : null };
}

/** An email's subject and link, without rendering it. */
export function summarizeMail(mail: Kept, base: string): { subject: string; url: string | null } {
  const { letter, url } = letterOf(mail, base);
  return { subject: letter.subject, url };
}

/** Renders an email as HTML and as text, with links under `base`. */
export async function renderMail(mail: Kept, base: string): Promise<RenderedMail> {
  const { letter, url } = letterOf(mail, base);
  const text = [
    letter.heading,
    ...letter.lines,
    ...(letter.action && url ? [`${letter.action.label}:\n${url}`] : []),
    letter.footer,
  ].join("\n\n");
  // Loaded with the first email: these take half the time of everything else that a command loads, and most commands send none.
  const [parts, { render }] = await Promise.all([import("@react-email/components"), import("@react-email/render")]);
  const html = await render(<LetterBody letter={letter} url={url} parts={parts} />);
  return { subject: letter.subject, html, text, url };
}
