/** Parameters of signed URLs, which open the file to whoever has them: of S3, Google's and Azure's stores. */
const secrets = /^(?:x-amz-|x-goog-|awsaccesskeyid$|signature$|expires$|sig$|se$|sp$|token$|key)/i;

/** A URL as it is shown: without user, password and signature. */
export function shownUrl(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  url.search = new URLSearchParams(
    Array.from(url.searchParams).filter(([name]) => !secrets.test(name)),
  ).toString();
  return url.href;
}
