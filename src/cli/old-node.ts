const oldest = { major: 22, minor: 19 } as const;

/** What to say of a Node that is too old, else undefined. @param version - such as `v20.20.2`. */
export function complaintOfOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  const isOld = major < oldest.major || (major === oldest.major && minor < oldest.minor);
  if (!isOld) return undefined;
  return `ciris-telemetry: Node ${oldest.major}.${oldest.minor} or newer is needed, and this is ${version}: run it with another Node`;
}
