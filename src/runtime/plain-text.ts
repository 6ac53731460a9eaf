/** The value of a variable without the blanks around it, and without the quotes that `docker run --env-file` takes for a part of it. */
export function plainText(text: string): string {
  const trimmed = text.trim();
  const [quoted, , inner = ''] = /^(["'])(.*)\1$/s.exec(trimmed) ?? [];
  return quoted === undefined || /["']/.test(inner) ? trimmed : inner.trim();
}
