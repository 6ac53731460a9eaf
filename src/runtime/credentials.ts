/** `http://user:password@host` is shown as `http://***@host`, wherever it stands in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//***@');
}
