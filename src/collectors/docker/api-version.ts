/** The newest API that the answers read here were checked against. */
export const newestKnownApi = '1.56';

export interface ApiRange {
  readonly newest: string;
  readonly oldest: string | undefined;
}

/** The newest version that both sides know; where the engine knows only newer ones, its oldest. */
export function agreeOnApi({ newest, oldest }: ApiRange): string {
  const agreed = isOlder(newest, newestKnownApi) ? newest : newestKnownApi;
  return oldest !== undefined && isOlder(agreed, oldest) ? oldest : agreed;
}

/** Compares as numbers, part by part: 1.9 is older than 1.10. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major === thanMajor ? minor < thanMinor : major < thanMajor;
}
