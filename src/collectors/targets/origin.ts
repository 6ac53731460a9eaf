/** `http://host:port` as it is spelt once for all; undefined for what is none, or holds a path or credentials. */
export function originOf(given: string): string | undefined {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) return undefined;
  return url.origin;
}
