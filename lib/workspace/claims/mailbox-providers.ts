import listed from "email-providers/all.json" with { type: "json" };
import { translator } from "@/lib/messages/translator";

// Domains where anyone can get an email address. A few hundred certainly belong to a provider's customers, and nobody can claim those. The
// long list also has throw-away mail and companies that once sold mailboxes to others, so a domain only on that list gets a warning.

/** The long list and its date. Update the date together with the package; a test compares the versions. */
export const providerList = { name: "email-providers", version: "2.26.0", date: "2026-09-07" };

/** Days after which the list counts as old. */
const oldAfter = 365;

export function daysOld(now = new Date()): number {
  return Math.floor((now.getTime() - Date.parse(providerList.date)) / 86_400_000);
}

/** A note for the operator when the list is old, or null. */
export function whyListIsOld(now = new Date()): string | null {
  if (daysOld(now) <= oldAfter) return null;
  return `The list of email providers is from ${providerList.date}. Update Muster: newer ones are not warned about.`;
}

/** Brands with mailboxes under many country domains. */
const brands = new Set("gmail googlemail hotmail live outlook msn yahoo ymail gmx yandex lycos tiscali".split(" "));

/** Consumer mailbox providers with a single domain name. */
const consumer = new Set(
  `rocketmail.com aol.com aol.co.uk aol.de aol.fr aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me ya.ru
  mail.ru inbox.ru bk.ru list.ru internet.ru rambler.ru zoho.com zohomail.com zohomail.eu web.de t-online.de freenet.de arcor.de online.de
  onlinehome.de mailbox.org posteo.de posteo.net tutanota.com tutanota.de tutamail.com tuta.com tuta.io keemail.me fastmail.com fastmail.fm
  hey.com hushmail.com mail.com email.com usa.com inbox.com inbox.lv qq.com foxmail.com 163.com 126.com yeah.net 139.com 189.cn sina.com
  sina.cn sohu.com 21cn.com tom.com aliyun.com naver.com daum.net hanmail.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp libero.it
  virgilio.it alice.it tin.it iol.it free.fr orange.fr wanadoo.fr wanadoo.es sfr.fr neuf.fr laposte.net bbox.fr club-internet.fr voila.fr
  wp.pl o2.pl onet.pl interia.pl gazeta.pl seznam.cz centrum.cz email.cz abv.bg ukr.net i.ua uol.com.br bol.com.br terra.com.br ig.com.br
  globo.com oi.com.br rediffmail.com btinternet.com btopenworld.com talktalk.net talk21.com virginmedia.com virgin.net ntlworld.com
  blueyonder.co.uk freeserve.co.uk comcast.net verizon.net att.net sbcglobal.net bellsouth.net pacbell.net swbell.net cox.net charter.net
  earthlink.net mindspring.com juno.com netzero.net optonline.net optimum.net roadrunner.com rr.com frontiernet.net cableone.net bigpond.com
  bigpond.net.au optusnet.com.au iinet.net.au ozemail.com.au sympatico.ca bluewin.ch skynet.be telenet.be home.nl ziggo.nl planet.nl
  hetnet.nl chello.nl kpnmail.nl sapo.pt walla.co.il eircom.net netscape.net compuserve.com icq.com pobox.com`.split(
    /\s+/,
  ),
);

/** RFC 2606's example domains, which the list contains. */
const examples = new Set(["example.com", "example.net", "example.org"]);
const known = new Set(listed.filter((name) => !examples.has(name)));

/** A domain that a mailbox provider gives its customers. Nobody can claim it. */
export function isConsumerMail(name: string): boolean {
  if (consumer.has(name)) return true;
  const [brand = "", ...ending] = name.split(".");
  return brands.has(brand) && ending.length > 0 && ending.length <= 2 && known.has(name);
}

/** The date of the list that a domain is on, as an ISO day; null if it isn't on it. */
export function listedOn(name: string): string | null {
  return known.has(name) ? providerList.date : null;
}

/** A warning in English to show before claiming a listed domain, or null. */
export function listNote(name: string): string | null {
  const date = listedOn(name);
  return date && translator("domains", "en")("listNote", { domain: name, date });
}
