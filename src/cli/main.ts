#!/usr/bin/env node
// Not by its name: an old Node that has no such function must get as far as to be told that it is old.
import * as net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { addressPatienceWithin } from '../runtime/address-patience.ts';
import { compileOnceBusy } from './compile-once-busy.ts';
import { complaintOfOldNode } from './old-node.ts';
import { leaveOutUnusedPackages } from './unused-packages.ts';

const complaint = complaintOfOldNode(process.version);
if (complaint !== undefined) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}

// For connections that cannot be told so one by one, as those to the database, which have two seconds in all.
net.setDefaultAutoSelectFamilyAttemptTimeout(addressPatienceWithin(2000));
// A writer is there for what comes in, and makes much garbage of it; the other commands make little.
if (process.argv[2] === 'writer') {
  // What is left of a request lives as long as the database takes, for which V8 would put all such things among what stays for good,
  // and with them what they refer to, until that is full.
  setFlagsFromString('--no-allocation-site-pretenuring');
} else {
  // A young generation of megabytes would only be kept resident. Not in the first line of this file, for not every `env` can pass
  // options on.
  setFlagsFromString('--semi-space-growth-factor=1');
  // And what is hot is compiled well, not first fast and then well: that costs memory twice.
  setFlagsFromString('--no-maglev');
  compileOnceBusy();
}
// Half of these may look up names, and with a name server that is silent each does so for ten seconds and more. Node's own four would leave
// none to reach what has a name that is known.
process.env.UV_THREADPOOL_SIZE ??= '8';
leaveOutUnusedPackages();
// Packages are left out of what is loaded from here on.
await import('./command-line.ts');
