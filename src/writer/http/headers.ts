import type { Encoding } from './status-body.ts';

/** The encoding that a Content-Type names, whatever its parameters; undefined when it is none of OTLP's. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/x-protobuf') return 'protobuf';
  return mediaType === 'application/json' ? 'json' : undefined;
}

export type Compression = 'none' | 'gzip';

/** The compression that a Content-Encoding names; undefined when it is one that we do not undo. */
export function compressionOf(contentEncoding: string | undefined): Compression | undefined {
  const name = contentEncoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return 'none';
  return name === 'gzip' || name === 'x-gzip' ? 'gzip' : undefined;
}
