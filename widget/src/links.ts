/** The one form of markup an answer may hold: `[words](tel:...)`, `sms:` or `https://`. Everything else is text. */

export type Part = { text: string; href?: string };

const LINK = /\[([^[\]\n]+)\]\(((?:tel:|sms:)[+\d,;*#-]+|https:\/\/[^\s()<>"]+)\)/g;

/** A paragraph cut into plain text and links. */
export function parts(paragraph: string): Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of paragraph.matchAll(LINK)) {
    if (match.index > end) found.push({ text: paragraph.slice(end, match.index) });
    found.push({ text: match[1]!, href: match[2]! });
    end = match.index + match[0].length;
  }
  if (end < paragraph.length) found.push({ text: paragraph.slice(end) });
  return found;
}

export function paragraphs(text: string): string[] {
  return text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim());
}

/** An answer as it is read aloud or copied: the words of a link, then its number or address. */
export function plain(text: string): string {
  return text.replace(LINK, (_, words: string, href: string) => {
    const address = href.replace(/^(tel|sms):/, "");
    return words.includes(address) ? words : `${words} (${address})`;
  });
}
