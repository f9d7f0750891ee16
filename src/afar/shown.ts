/**
 * A URL as it is shown: where the file is, and nothing that opens it. Signatures stand in the query, under other names
 * for each store, and users with passwords before the host.
 */
export function shownUrl(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

/** Text with all URLs in it as they are shown, whoever wrote it. */
export const shownText = (text: string): string =>
  text.replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (found) => {
    if (!/[?#@]/.test(found)) return found;
    return URL.canParse(found) ? shownUrl(found) : "a URL";
  });
