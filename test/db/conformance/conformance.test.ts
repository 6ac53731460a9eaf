import { openPostgres, openTimescale } from './databases.ts';
import { historyCases } from './history-cases.ts';
import { randomRows } from './random-rows.ts';

const databases = [
  { name: 'PostgreSQL', runs: 25, open: () => openPostgres() },
  { name: 'TimescaleDB', runs: 10, open: openTimescale },
];

historyCases(databases);
randomRows(databases);
