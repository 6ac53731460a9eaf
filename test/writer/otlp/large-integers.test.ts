import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoteLargeIntegers } from '../../../src/writer/otlp/large-integers.ts';

const quoted = (json: string): string => Buffer.from(quoteLargeIntegers(Buffer.from(json))).toString();

it.each([
  ['9007199254740993', '"9007199254740993"'],
  ['[-9223372036854775808,18446744073709551615]', '["-9223372036854775808","18446744073709551615"]'],
  ['{"a": 1234567890123456 ,"b":[1234567890123456]}', '{"a": "1234567890123456" ,"b":["1234567890123456"]}'],
  ['{"1234567890123456":1}', '{"1234567890123456":1}'],
  ['"1234567890123456\\",1234567890123456"', '"1234567890123456\\",1234567890123456"'],
  ['["\\\\",1234567890123456,"é"]', '["\\\\","1234567890123456","é"]'],
  ['[123456789012345,123456789012345678901]', '[123456789012345,123456789012345678901]'],
  ['[1.234567890123456,1234567890123456.0,0.5]', '[1.234567890123456,1234567890123456.0,0.5]'],
  ['[1234567890123456e2,1.7723664101234568e+18]', '["1234567890123456e2","1.7723664101234568e+18"]'],
  ['[-9.007199254740993E15,2e19]', '["-9.007199254740993E15",2e19]'],
  ['[true,false,null,-1e-5]', '[true,false,null,-1e-5]'],
  ['', ''],
])('makes of %s %s', (json, wanted) => {
  expect(quoted(json)).toBe(wanted);
});

it('changes nothing but large integers', () => {
  const large = fc.bigInt(10n ** 15n, 2n ** 64n - 1n);
  const small = fc.json().filter((json) => !/\d{16}|\de\+/i.test(json));
  fc.assert(
    fc.property(fc.array(fc.oneof(small, large)), (values) => {
      const wanted = values.map((value) => (typeof value === 'bigint' ? String(value) : JSON.parse(value)));
      expect(JSON.parse(quoted(`[${values.join()}]`))).toEqual(wanted);
    }),
  );
});
