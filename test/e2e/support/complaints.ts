/** Lines of a program's log that are warnings or errors, but for those that a new database takes its time to be migrated. */
export function complaintsIn(log: string): readonly string[] {
  const lines = log.match(/^\S+ (warn|error) .*$/gm) ?? [];
  return lines.filter((line) => !/the database has not answered yet, or is being migrated/.test(line));
}
