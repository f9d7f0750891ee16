/** What was read from files, as text between tags. */
export const text = (data: string): string =>
  data.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** As the value of an attribute in double quotes. */
export const attribute = (data: string): string => text(data).replaceAll('"', "&quot;");

/** Data for a script in a page: JSON in which no tag begins or ends. */
export const scriptJson = (data: unknown): string => JSON.stringify(data).replaceAll("<", "\\u003c");
