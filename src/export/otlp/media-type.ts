/** What a Content-Type says without its parameters. */
export const mediaTypeOf = (contentType: string): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

/** Receivers have several names for it. */
export const isProtobuf = (mediaType: string): boolean => mediaType.endsWith('protobuf');
