/** The seconds of the `wait` preference of a Prefer header (RFC 7240); undefined without one, or when it is malformed. */
export function preferredWait(header: string | string[] | undefined): number | undefined {
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [token = ''] = preference.split(';');
    const parts = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(token);
    if (parts !== null) return Number(parts[1]);
  }
  return undefined;
}
