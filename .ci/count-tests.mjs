// Sums vitest's JSON reports: node .ci/count-tests.mjs FAILED_STEPS REPORT…
// Ends with 1 when a step or a test failed, when a report is missing, or when a suite ran no test.
import { readFileSync } from 'node:fs';

const print = (line) => process.stdout.write(`${line}\n`);
const [failedSteps = '1', ...reports] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let sound = failedSteps === '0';

for (const report of reports) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    failed += numFailedTests;
    if (numPassedTests === 0) {
      print(`${report}: no test passed`);
      sound = false;
    }
  } catch (error) {
    print(`${report}: ${error.message}`);
    sound = false;
  }
}

// A file that does not even load has no tests to count, and a failed check none at all.
if (!sound && failed === 0) failed = 1;
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
