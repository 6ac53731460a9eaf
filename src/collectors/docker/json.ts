/** Undefined for what is no JSON: an empty body, a page of a proxy, an answer that was cut off. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
