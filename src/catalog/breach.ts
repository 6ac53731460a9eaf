/** A definition that breaks a rule, and how to mend it. */
export interface Breach {
  /** The metric, attribute, entity or column that is at fault. */
  readonly metric: string;
  readonly rule: string;
  readonly message: string;
}
