/** Why a point is not stored, ever: each with what it says to the sender. */
export const rejectionReasons = {
  unknown_metric: 'the metric is not in the catalog',
  wrong_unit: 'the unit is not the one in the catalog',
  wrong_kind: 'the kind is not the one in the catalog',
  wrong_temporality: 'sums must be cumulative',
  missing_attribute: 'an attribute that tells the series apart is missing',
  extra_attribute: 'an attribute is none of this metric',
  attribute_not_text: 'an attribute is no text, and the catalog has no others',
  wrong_attribute_value: 'an attribute has a value that the catalog does not know',
  time_missing: 'the time is missing',
  time_too_old: 'the time is further back than is kept',
  time_in_future: 'the time is in the future',
  value_missing: 'there is no value',
  value_not_finite: 'the value is infinite or not a number',
  value_not_integer: 'the value is no whole number of 64 bits',
  value_negative: 'a count is below zero',
  value_not_allowed: 'the value is none that this metric can have',
  ambiguous_state: 'more than one state is said to be the current one',
  contradiction: 'the request has another value for the same series and time',
  refused_row: 'the database can never store the row',
} as const;

export type RejectionReason = keyof typeof rejectionReasons;
