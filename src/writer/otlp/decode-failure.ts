/** Why a body was given up: it is no valid request, or it holds more items than the limit. */
export type DecodeFailureKind = 'invalid' | 'too_large';

/** Thrown and caught within the decode stage alone; nobody outside it sees one. */
export class DecodeFailure extends Error {
  readonly kind: DecodeFailureKind;
  /** Where in the body: the name of a field, or an offset in bytes. */
  readonly at: string;

  constructor(at: string, message: string, kind: DecodeFailureKind = 'invalid') {
    super(message);
    this.name = 'DecodeFailure';
    this.at = at;
    this.kind = kind;
  }
}

/** How deep attribute values may nest; deeper ones would cost the stack. */
export const maxValueDepth = 32;
