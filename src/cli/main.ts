#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { leaveOutUnusedPackages } from './unused-packages.ts';

// A fleet makes little garbage between snapshots: a young generation of megabytes would only be kept resident. Not in the first line
// of this file, for not every `env` can pass options on.
setFlagsFromString('--semi-space-growth-factor=1');
leaveOutUnusedPackages();
// Packages are left out of what is loaded from here on.
await import('./command-line.ts');
